import { type ClientMessage, encodeMutation, type NumberedMutation } from '@tidemark/core'
import { createEncoder, toUint8Array } from 'lib0/encoding'
import type { OutboxEntry } from '../storage/ReplicaStorage.js'

/** How much may be on its way unanswered. */
const windowBytes = 256 * 1024
const stampsPerMs = 2048

export type PushEffect =
  | { readonly do: 'take'; readonly from: number; readonly maxBytes: number }
  | { readonly do: 'send'; readonly message: ClientMessage }
  | { readonly do: 'wake'; readonly at: number }

/**
 *   closed ──opened──► ready ──take──► taking ──taken──► ready ──(window full)──► … answered
 *                        ▲                                  │
 *                        └────────── rested ◄── resting ◄──busy
 *
 * Sends the numbered entries in order, each once per session unless the node says that it was too busy; what it
 * had decided before comes back answered by itself. Marked as sent in the storage before they are.
 */
type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'ready' | 'taking'; readonly session: PushSession }
  | { readonly kind: 'resting'; readonly session: PushSession }

interface PushSession {
  readonly maxFrameBytes: number
  readonly clockOffsetMs: number
}

export class Pusher {
  #state: State = { kind: 'closed' }
  /** The next number to send. */
  #next = 1
  /** The answers up to here are stored: what the node is told, as it forgets them then. [G15] */
  #answered = 0
  /** Sizes of what is on its way, by number. */
  readonly #inFlight = new Map<number, number>()
  /** There may be more than was taken, or is being taken. */
  #hasMore = false
  /** `busy` came while entries were being taken. */
  #restUntil = 0

  opened(session: PushSession & { readonly next: number; readonly answered: number }): PushEffect[] {
    this.#next = session.next
    this.#answered = session.answered
    this.#inFlight.clear()
    this.#hasMore = true
    this.#restUntil = 0
    this.#state = { kind: 'ready', session }
    return this.#go()
  }

  closed(): void {
    this.#state = { kind: 'closed' }
  }

  /** There may be more to send. */
  numbered(): PushEffect[] {
    this.#hasMore = true
    return this.#go()
  }

  taken(entries: readonly OutboxEntry[]): PushEffect[] {
    if (this.#state.kind !== 'taking') return []
    const { session } = this.#state
    this.#state = { kind: 'ready', session }
    const due = entries.filter(({ number }) => number >= this.#next)
    if (due.length > 0) this.#hasMore = true
    if (this.#restUntil > 0) return this.#rest(session)
    const last = due.at(-1)
    if (last === undefined) return this.#go()
    this.#next = last.number + 1
    for (const { number, bytes } of due) this.#inFlight.set(number, bytes)
    return [...this.#push(due, session), ...this.#go()]
  }

  /** These answers are stored here: the node need not keep them for us. */
  storedUpTo(number: number): void {
    this.#answered = Math.max(this.#answered, number)
  }

  answeredUpTo(number: number): PushEffect[] {
    for (const sent of this.#inFlight.keys()) if (sent <= number) this.#inFlight.delete(sent)
    return this.#go()
  }

  /** What is on its way may not have been taken: from the first unanswered number again, later. */
  busy(until: number): PushEffect[] {
    if (this.#state.kind === 'closed') return []
    this.#restUntil = until
    return this.#state.kind === 'taking' ? [] : this.#rest(this.#state.session)
  }

  /** The time of the last `wake` has come. */
  rested(): PushEffect[] {
    if (this.#state.kind !== 'resting') return []
    this.#state = { kind: 'ready', session: this.#state.session }
    return this.#go()
  }

  #rest(session: PushSession): PushEffect[] {
    // The node waits for the first that it refused, were it answered here by now and not stored.
    this.#next = Math.min(this.#next, this.#answered + 1)
    this.#inFlight.clear()
    this.#hasMore = true
    const until = this.#restUntil
    this.#restUntil = 0
    this.#state = { kind: 'resting', session }
    return [{ do: 'wake', at: until }]
  }

  #go(): PushEffect[] {
    if (this.#state.kind !== 'ready' || !this.#hasMore) return []
    let bytes = 0
    for (const size of this.#inFlight.values()) bytes += size
    if (bytes > windowBytes / 2) return []
    this.#state = { kind: 'taking', session: this.#state.session }
    this.#hasMore = false
    return [{ do: 'take', from: this.#next, maxBytes: windowBytes - bytes }]
  }

  #push(entries: readonly OutboxEntry[], { maxFrameBytes, clockOffsetMs }: PushSession): PushEffect[] {
    const maxBytes = maxFrameBytes / 2
    const effects: PushEffect[] = []
    let group: NumberedMutation[] = []
    let groupBytes = 0
    const flush = (): void => {
      if (group.length > 0) {
        effects.push({ do: 'send', message: { type: 'push', answered: this.#answered, mutations: group } })
      }
      group = []
      groupBytes = 0
    }
    for (const entry of entries) {
      const mutation = corrected(entry, clockOffsetMs)
      const bytes = entry.bytes + 16
      if (bytes > maxBytes) {
        // Parts do not say what is answered, and after `busy` the node goes on from there.
        if (effects.length === 0 && group.length === 0) {
          effects.push({ do: 'send', message: { type: 'push', answered: this.#answered, mutations: [] } })
        }
        flush()
        effects.push(...partsOf(mutation, Math.floor(maxBytes)))
        continue
      }
      if (groupBytes + bytes > maxBytes) flush()
      group.push(mutation)
      groupBytes += bytes
    }
    flush()
    return effects
  }
}

/** As it is sent: times by the node's clock. */
function corrected({ number, writeId, stamp, seen, mutation }: OutboxEntry, offsetMs: number): NumberedMutation {
  const offset = Math.round(offsetMs)
  const timed =
    mutation.kind === 'command' ? { ...mutation, queuedAt: Math.max(0, mutation.queuedAt + offset) } : mutation
  return { number, writeId, stamp: Math.max(0, stamp + offset * stampsPerMs), seen, mutation: timed }
}

function partsOf(mutation: NumberedMutation, maxBytes: number): PushEffect[] {
  const encoder = createEncoder()
  encodeMutation(encoder, mutation)
  const bytes = toUint8Array(encoder)
  const effects: PushEffect[] = []
  for (let from = 0; from < bytes.length; from += maxBytes) {
    const part = bytes.subarray(from, from + maxBytes)
    const isLast = from + maxBytes >= bytes.length
    effects.push({ do: 'send', message: { type: 'pushPart', number: mutation.number, isLast, bytes: part } })
  }
  return effects
}
