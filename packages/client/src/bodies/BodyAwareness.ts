import type { Clock } from '@tidemark/core'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { remoteOrigin } from './remoteOrigin.js'

/** Ten cursor moves a second look smooth; more only cost. */
const minSendGapMs = 100
/** Others forget a state that they have not heard of for 30 s (y-protocols). */
const outdatedMs = 30_000
const tickMs = outdatedMs / 3

interface AwarenessChange {
  readonly added: readonly number[]
  readonly updated: readonly number[]
  readonly removed: readonly number[]
}

/**
 * Who else edits a body, and where. Tells the others what the app sets here, at most ten times a second, and
 * nothing while it sets nothing: who only looks is not announced.
 */
export class BodyAwareness {
  readonly awareness: Awareness
  readonly #clock: Clock
  readonly #send: (update: Uint8Array) => void
  readonly #heardAt = new Map<number, number>()
  #isAnnounced = false
  #lastSentAt = Number.NEGATIVE_INFINITY
  #cancelSend: (() => void) | undefined
  #cancelTick: () => void

  constructor(doc: Y.Doc, clock: Clock, send: (update: Uint8Array) => void) {
    this.#clock = clock
    this.#send = send
    this.awareness = new Awareness(doc)
    // Its own timer reads the machine's clock; ours does the same work.
    clearInterval(this.awareness._checkInterval)
    this.awareness.on('update', this.#changed)
    this.#cancelTick = clock.after(tickMs, () => this.#tick())
  }

  receive(update: Uint8Array): void {
    try {
      applyAwarenessUpdate(this.awareness, update, remoteOrigin)
    } catch {
      // Another client's nonsense ends here: nothing was shown of it, and nothing depends on it.
    }
  }

  /** In reach of the others again: they may have forgotten this one, and hear it only under a new clock. */
  announce(): void {
    const state = this.awareness.getLocalState()
    if (this.#isAnnounced && state !== null) this.awareness.setLocalState(state)
  }

  /** Out of reach of the others. */
  forgetOthers(): void {
    this.#remove([...this.#heardAt.keys()])
  }

  /** Tells the others that this one is gone. */
  close(): void {
    this.#cancelTick()
    this.#cancelSend?.()
    this.awareness.off('update', this.#changed)
    this.awareness.destroy()
    if (this.#isAnnounced) this.#sendNow()
  }

  readonly #changed = (change: AwarenessChange, origin: unknown): void => {
    if (origin === remoteOrigin) {
      this.#changedThere(change)
      return
    }
    this.#isAnnounced = true
    this.#sendSoon()
  }

  #changedThere({ added, updated, removed }: AwarenessChange): void {
    const now = this.#clock.now()
    for (const client of [...added, ...updated]) this.#heardAt.set(client, now)
    for (const client of removed) this.#heardAt.delete(client)
    // Who has just come does not know who is here.
    if (added.length > 0) this.announce()
  }

  #sendSoon(): void {
    if (this.#cancelSend !== undefined) return
    const gapMs = this.#clock.now() - this.#lastSentAt
    if (gapMs >= minSendGapMs) this.#sendNow()
    else this.#cancelSend = this.#clock.after(minSendGapMs - gapMs, () => this.#sendNow())
  }

  #sendNow(): void {
    this.#cancelSend = undefined
    this.#lastSentAt = this.#clock.now()
    this.#send(encodeAwarenessUpdate(this.awareness, [this.awareness.clientID]))
  }

  #tick(): void {
    const now = this.#clock.now()
    const state = this.awareness.getLocalState()
    // A new clock for the same state: the others see that it still holds.
    if (this.#isAnnounced && state !== null && now - this.#lastSentAt >= tickMs) this.awareness.setLocalState(state)
    this.#remove([...this.#heardAt].filter(([, heardAt]) => now - heardAt >= outdatedMs).map(([client]) => client))
    this.#cancelTick = this.#clock.after(tickMs, () => this.#tick())
  }

  #remove(clients: readonly number[]): void {
    for (const client of clients) this.#heardAt.delete(client)
    removeAwarenessStates(this.awareness, [...clients], remoteOrigin)
  }
}
