import {
  type Answer,
  type CommittedChange,
  checkBodyUpdate,
  diffBody,
  type ErrorCode,
  errorEntry,
  errors,
  indexOfState,
  isErrorCode,
  isTidemarkError,
  vectorOf,
} from '@tidemark/core'
import type { RecordKey } from '../store/Store.js'
import { changeFrame } from './changeFrame.js'
import { closeReason } from './closeReason.js'
import type { DoorEffect, Look, Refused } from './DoorEffect.js'
import {
  awarenessFrame,
  type DoorMessage,
  decodeDoorMessage,
  permissionDeniedFrame,
  step1Frame,
  step2Frame,
} from './doorMessage.js'
import { FrameQueue } from './FrameQueue.js'

export interface DoorLimits {
  readonly framesPerSecond: number
  /** Updates on their way to the authority. */
  readonly waitingUpdates: number
  /** Changes that wait while rights are looked at. */
  readonly heldBytes: number
}

type State =
  | { readonly kind: 'looking'; readonly sinceMs: number; readonly held: CommittedChange[]; heldBytes: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'syncing'; readonly sinceMs: number }
  | { readonly kind: 'closed' }

/** Something is sent at least so often: a stock provider gives up after 30 s of silence, and sees no pings. */
const keepAliveMs = 12_000
const pingAfterMs = 10_000
const deadAfterMs = 40_000
/** A look, an answer of the authority, a body on its way out: what took longer will not come. */
const lookMs = 30_000
const answerMs = 30_000
const syncMs = 300_000

/** The update, or the state, in which nothing was ever written. */
const nothing = new Uint8Array([0, 0])

/**
 * One stock y-websocket provider, and the body that it has open.
 *
 *   looking ──looked──▶ open ──step 1 answered──▶ syncing ──flushed──▶ open
 *      │   ▲             │
 *      │   └─ rights changed, a frame asks for the body
 *      ▼                 ▼
 *   closed ◀── refused, nonsense, too slow, silent
 *
 * It holds no document: what has to be compared with the body is compared with what a look has read. While it looks
 * committed changes wait, since the reader may have lost the right to them [G11], and so do the client's frames,
 * which are taken strictly in order. A refused update ends the connection for good: a stock client keeps its edit and
 * builds on it, so it cannot be healed from here.
 */
export class DoorSession {
  #state: State
  #look: Look | null = null
  /** The body as it was just read, for the frames that waited for that. */
  #fresh: Uint8Array | null = null
  readonly #frames: FrameQueue
  /** Every change of the body up to here is in what the client was or will be sent. */
  #position = 0
  readonly #unanswered = new Map<number, { readonly update: Uint8Array; readonly sinceMs: number }>()
  #lastNumber = 0
  #answered = 0
  #sentAtMs: number
  #heardAtMs: number
  #tickedAtMs: number

  constructor(
    private readonly place: RecordKey,
    private readonly limits: DoorLimits,
    nowMs: number,
  ) {
    this.#state = { kind: 'looking', sinceMs: nowMs, held: [], heldBytes: 0 }
    this.#frames = new FrameQueue(limits.framesPerSecond)
    this.#sentAtMs = nowMs
    this.#heardAtMs = nowMs
    this.#tickedAtMs = nowMs
  }

  /** The connection stands. */
  opened(): DoorEffect[] {
    return [{ kind: 'look' }]
  }

  frameReceived(frame: Uint8Array, nowMs: number): DoorEffect[] {
    if (this.#state.kind === 'closed') return []
    this.#heardAtMs = nowMs
    this.#frames.received(frame)
    return this.#readOn(nowMs)
  }

  looked(look: Look, nowMs: number): DoorEffect[] {
    if (this.#state.kind !== 'looking') return []
    const { held } = this.#state
    const effects: DoorEffect[] = []
    this.#state = { kind: 'open' }
    this.#fresh = look.state ?? nothing
    if (this.#look === null) {
      this.#position = look.head
      effects.push(this.#send(step1Frame(vectorOf(this.#fresh)), nowMs), { kind: 'showOthers' })
    }
    this.#look = look
    if (this.#mayHaveBeenHidden(held)) return [...effects, ...this.gap()]
    effects.push(...this.#tell(held, nowMs), ...this.#readOn(nowMs))
    this.#fresh = null
    return effects
  }

  /** The look ended otherwise. */
  refused({ code, sentence }: Refused): DoorEffect[] {
    return this.#state.kind === 'looking' ? this.#close(code, sentence) : []
  }

  /** Changes of the workspace that may matter here, in order, and answers to what was submitted. */
  committed(changes: readonly CommittedChange[], answers: readonly Answer[], nowMs: number): DoorEffect[] {
    const effects = this.#tell(changes, nowMs)
    for (const answer of answers) effects.push(...this.#settle(answer))
    if (answers.length > 0) effects.push(...this.#readOn(nowMs))
    return effects
  }

  /** Others, and this client itself: a stock provider waits for its own echo. */
  awarenessHeard(frame: Uint8Array, nowMs: number): DoorEffect[] {
    return this.#look === null || this.#state.kind === 'closed' ? [] : [this.#send(frame, nowMs)]
  }

  /** The body that was sent has left. */
  flushed(nowMs: number): DoorEffect[] {
    if (this.#state.kind !== 'syncing') return []
    this.#state = { kind: 'open' }
    return this.#readOn(nowMs)
  }

  /** What it sent was not even read. */
  frameTooLarge(): DoorEffect[] {
    return this.#close('FRAME_TOO_LARGE')
  }

  /** The client does not read what it is sent. */
  overflowed(): DoorEffect[] {
    return this.#close('BUSY', 'This client reads too slowly: it is synced anew when it connects again.')
  }

  /** Committed changes are missing here: connecting again brings them. */
  gap(): DoorEffect[] {
    return this.#close('STORE_FAILED', 'Some changes did not arrive at the node: this client is synced anew.')
  }

  ponged(nowMs: number): void {
    this.#heardAtMs = nowMs
  }

  ticked(nowMs: number): DoorEffect[] {
    const state = this.#state
    if (state.kind === 'closed') return []
    this.#frames.passed(nowMs - this.#tickedAtMs)
    this.#tickedAtMs = nowMs
    if (this.#frames.isPaused) this.#heardAtMs = nowMs
    const overdue = this.#overdue(state, nowMs)
    if (overdue !== null) return this.#close(overdue)
    const effects = this.#readOn(nowMs)
    if (this.isClosed) return effects
    if (nowMs - this.#sentAtMs >= keepAliveMs) effects.push(this.#send(awarenessFrame([]), nowMs))
    if (nowMs - this.#heardAtMs >= pingAfterMs) effects.push({ kind: 'ping' })
    return effects
  }

  /** The node is being stopped. */
  drained(): DoorEffect[] {
    return this.#close('DRAINING')
  }

  /** The socket is gone. */
  ended(): void {
    this.#state = { kind: 'closed' }
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed'
  }

  #overdue(state: State, nowMs: number): ErrorCode | null {
    const expiresAtMs = this.#look?.expiresAtMs ?? Number.POSITIVE_INFINITY
    if (nowMs >= expiresAtMs) return 'UNAUTHORIZED'
    if (state.kind === 'looking' && nowMs - state.sinceMs >= lookMs) return 'STORE_FAILED'
    if (state.kind === 'syncing' && nowMs - state.sinceMs >= syncMs) return 'HEARTBEAT_LOST'
    const [oldest] = this.#unanswered.values()
    if (oldest !== undefined && nowMs - oldest.sinceMs >= answerMs) return 'STORE_FAILED'
    return nowMs - this.#heardAtMs >= deadAfterMs ? 'HEARTBEAT_LOST' : null
  }

  // ── what the client says

  #readOn(nowMs: number): DoorEffect[] {
    const effects: DoorEffect[] = []
    while (this.#state.kind === 'open' && this.#unanswered.size < this.limits.waitingUpdates) {
      const frame = this.#frames.next
      if (frame === undefined) break
      try {
        const said = this.#said(decodeDoorMessage(frame), nowMs)
        effects.push(...said)
        if (said.some(({ kind }) => kind === 'look')) break
        this.#frames.taken()
      } catch (error) {
        if (!isTidemarkError(error)) throw error
        effects.push(...this.#close('BAD_FRAME'))
      }
    }
    const flow = this.isClosed ? null : this.#frames.flow()
    if (flow !== null) effects.push({ kind: flow })
    return effects
  }

  /** What a message leads to. A `look` means that the same message is to be put again after it. */
  #said(message: DoorMessage, nowMs: number): DoorEffect[] {
    switch (message.kind) {
      case 'step1': {
        if (this.#fresh === null) return [this.#lookAgain([], nowMs)]
        const frame = step2Frame(diffBody(this.#fresh, message.vector))
        this.#state = { kind: 'syncing', sinceMs: nowMs }
        this.#sentAtMs = nowMs
        return [{ kind: 'sendSync', frame }]
      }
      case 'step2':
      case 'update':
        return this.#wrote(message, nowMs)
      case 'awareness':
        return [{ kind: 'announce', entries: message.entries }]
      case 'queryAwareness':
        return [{ kind: 'showOthers' }]
    }
  }

  /**
   * A greeting repeats the whole delete set, so it mostly changes nothing: found out here, it costs the authority no
   * work, and a reader no rights.
   */
  #wrote({ kind, update }: { kind: 'step2' | 'update'; update: Uint8Array }, nowMs: number): DoorEffect[] {
    if (equalBytes(update, nothing)) return []
    const { role, userId } = this.#look as Look
    if (kind === 'step2' || role === 'read') {
      if (this.#fresh === null) return [this.#lookAgain([], nowMs)]
      const body = indexOfState(this.#fresh)
      const verdict = checkBodyUpdate({ ...anything, body, update, userId, boundUserOf: () => userId })
      if (verdict.kind === 'contained') return []
      if (verdict.kind === 'refused' && verdict.code === 'INVALID') return this.#close('INVALID', verdict.reason)
      if (role === 'read') return this.#close('FORBIDDEN', 'You may read this document and not write to it.')
    }
    this.#lastNumber++
    this.#unanswered.set(this.#lastNumber, { update, sinceMs: nowMs })
    return [{ kind: 'submit', number: this.#lastNumber, answered: this.#answered, update }]
  }

  #settle(answer: Answer): DoorEffect[] {
    if (!this.#unanswered.delete(answer.number)) return []
    this.#answered = answer.number
    if (answer.status === 'accepted') return []
    return this.#close(isErrorCode(answer.code) ? answer.code : 'INVALID', answer.message)
  }

  // ── what the client is told

  #tell(changes: readonly CommittedChange[], nowMs: number): DoorEffect[] {
    const effects: DoorEffect[] = []
    for (const change of changes) effects.push(...this.#tellOne(change, nowMs))
    return effects
  }

  #tellOne(change: CommittedChange, nowMs: number): DoorEffect[] {
    const state = this.#state
    if (state.kind === 'closed') return []
    if (state.kind === 'looking') {
      state.held.push(change)
      state.heldBytes += change.kind === 'body' ? change.update.length : 0
      return state.heldBytes > this.limits.heldBytes ? this.overflowed() : []
    }
    const look = this.#look as Look
    if (change.kind === 'access') {
      const isMine = change.subject === null || change.subject === look.userId
      // A look asks for the rights after it has read the head: it knows of changes up to there.
      return isMine && change.seq > look.head ? [this.#lookAgain([], nowMs)] : []
    }
    if (change.seq <= this.#position || change.collection !== this.place.collection || change.id !== this.place.id) {
      return []
    }
    this.#position = change.seq
    if (change.kind !== 'body') {
      return change.after === null || !look.isReadable(change.after) ? this.#close('NOT_FOUND') : []
    }
    return this.#isOwn(change.update) ? [] : [this.#send(changeFrame(change), nowMs)]
  }

  /**
   * Whether a change was made before rights that changed during the look: a look tells what the reader may do now, not what
   * it might do then. The body as it is now has nothing of what was typed and deleted in between. [G11]
   */
  #mayHaveBeenHidden(held: readonly CommittedChange[]): boolean {
    const isMine = (change: CommittedChange) =>
      change.kind === 'access' && (change.subject === null || change.subject === this.#look?.userId)
    const last = held.findLastIndex(isMine)
    return held.slice(0, Math.max(0, last)).some(({ kind, seq }) => kind === 'body' && seq > this.#position)
  }

  /** Bytes that came from here need not go back. */
  #isOwn(update: Uint8Array): boolean {
    for (const submitted of this.#unanswered.values()) if (equalBytes(submitted.update, update)) return true
    return false
  }

  #lookAgain(held: CommittedChange[], nowMs: number): DoorEffect {
    this.#state = { kind: 'looking', sinceMs: nowMs, held, heldBytes: 0 }
    return { kind: 'look' }
  }

  #send(frame: Uint8Array, nowMs: number): DoorEffect {
    this.#sentAtMs = nowMs
    return { kind: 'send', frame }
  }

  #close(code: ErrorCode, sentence = errorEntry(code).sentence): DoorEffect[] {
    if (this.isClosed) return []
    this.#state = { kind: 'closed' }
    const number = errorEntry(code).close ?? errors.DENIED.close
    const close: DoorEffect = { kind: 'close', code, number, reason: closeReason(sentence) }
    return number < 4500 ? [{ kind: 'send', frame: permissionDeniedFrame(sentence) }, close] : [close]
  }
}

/** Asks only whether an update is contained. */
const anything = { allowedRoots: 'any', currentBytes: 0, maxBodyBytes: Number.POSITIVE_INFINITY } as const

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
