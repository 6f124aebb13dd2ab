import type { Bound, Resume, WatchTarget } from '@tidemark/core'
import { compareSortKeys, isWithin, type RowValues, sortKeyOf } from '@tidemark/core'
import type { BaseUser } from '../access/AccessRules.js'
import { isOfOne, subjectName, type View } from './View.js'

/** What the gateway of a workspace knows of one connected client. */
export class GatewaySession {
  readonly #watchBySubId = new Map<number, Watch>()
  /** Those of one record or body. */
  readonly #watchBySubject = new Map<string, Watch>()
  /** Those that are not live. */
  readonly notLive = new Set<Watch>()
  /** A round of catch-up is under way. */
  isBeingServed = false
  /** Rights are being looked at again, or will have to be once more: nothing is told until they are known. */
  suspension: 'asked' | 'again' | null = null
  /** Its queue was dropped: nothing is told until it reads again. */
  isBehind = false
  /** Answers that the replica may lack are to be read from the store. */
  answersDue: boolean
  /** Nothing is told before the client has said what it wants. */
  hasSubscribed = false
  /** The greatest number that it was sent the answer of; what was dropped on its way is not sent. */
  answeredTo: number
  /** The queue takes another part of a snapshot. */
  hasRoom = true

  constructor(
    readonly id: string,
    readonly replica: string,
    public user: BaseUser,
    public role: 'read' | 'write',
    /** The greatest number whose answer the client has, as it last said. */
    public answered: number,
    lastNumber: number,
  ) {
    this.answersDue = lastNumber > answered
    this.answeredTo = answered
  }

  get watches(): Iterable<Watch> {
    return this.#watchBySubId.values()
  }

  get watchCount(): number {
    return this.#watchBySubId.size
  }

  has(watch: Watch): boolean {
    return this.#watchBySubId.get(watch.subId) === watch
  }

  /** It wants this from now on. */
  add(watch: Watch): void {
    this.#watchBySubId.set(watch.subId, watch)
    this.notLive.add(watch)
    const { view } = watch
    if (isOfOne(view)) this.#watchBySubject.set(subjectName(view), watch)
  }

  remove(subId: number): Watch | undefined {
    const watch = this.#watchBySubId.get(subId)
    if (watch === undefined) return undefined
    this.#watchBySubId.delete(subId)
    this.notLive.delete(watch)
    const { view } = watch
    if (isOfOne(view) && this.#watchBySubject.get(subjectName(view)) === watch) {
      this.#watchBySubject.delete(subjectName(view))
    }
    return watch
  }

  /** Whether it has a subject, by its name, in sight: by a live subscription of just that, whose record is there for it. */
  sees(subject: string): boolean {
    const watch = this.#watchBySubject.get(subject)
    return watch?.isLive === true && watch.isVisible
  }

  /** The client has the answers up to `answered`, and wants this one, be it once more. */
  wantsAnswer(answered: number, number: number): void {
    this.answered = Math.max(this.answered, answered)
    this.answeredTo = Math.max(this.answered, Math.min(this.answeredTo, number - 1))
  }

  get isSuspended(): boolean {
    return this.suspension !== null
  }

  /** Everything that was promised up to the feed's position has been told. */
  get isCaughtUp(): boolean {
    return (
      this.hasSubscribed &&
      this.notLive.size === 0 &&
      !this.isBeingServed &&
      !this.isSuspended &&
      !this.isBehind &&
      !this.answersDue
    )
  }
}

/**
 * One subscription of one session.
 *
 *   lacking ──its round is served──▶ live ──rights, slowness──▶ asked ──client subscribes again──▶ (a new watch)
 *      ▲                              │
 *      └── window drained, feed hole ─┘
 */
export class Watch {
  #phase: WatchPhase
  /** Inclusive upper end of the window; null for everything. */
  bound: Bound = null
  /** Rows inside the window; of a counted view, all that match. */
  count = 0
  /** Of a record or a body: whether the record is there and this reader may see it. */
  isVisible = false

  constructor(
    readonly session: GatewaySession,
    readonly subId: number,
    readonly target: WatchTarget,
    readonly view: View,
    resume: Resume | null,
  ) {
    this.#phase = { kind: 'lacking', resume, refill: 'no', isContinued: false }
    this.bound = target.kind === 'list' ? (resume?.bound ?? null) : null
    this.count = resume?.count ?? 0
  }

  get limit(): number | null {
    return this.target.kind === 'list' ? this.target.limit : null
  }

  get phase(): WatchPhase {
    return this.#phase
  }

  get isLive(): boolean {
    return this.#phase.kind === 'live'
  }

  /**
   * Whether the client holds parts of it that it has not applied. They may be older than what was told live since, and
   * are applied after it, so what follows them leaves nothing out.
   */
  get isContinued(): boolean {
    return this.#phase.kind === 'lacking' && this.#phase.isContinued
  }

  goesLive(): void {
    this.#phase = { kind: 'live' }
    this.session.notLive.delete(this)
  }

  /** It lacks what came after `resume`; everything, if null. `isContinued`: the client holds parts that it has not applied. */
  lacks(resume: Resume | null, isContinued = false): void {
    this.#phase = { kind: 'lacking', resume, refill: this.refill, isContinued }
    this.session.notLive.add(this)
  }

  /** The client is to subscribe again. */
  isAsked(): void {
    this.#phase = { kind: 'asked' }
    this.session.notLive.add(this)
  }

  /** Whether a row that matches the view is inside this window. */
  covers(row: RowValues): boolean {
    if (this.bound === null) return true
    return isWithin(this.view.orderBy, this.bound, sortKeyOf(this.view.orderBy, row))
  }

  /** What has to be done about the window, by how many rows it holds. */
  get refill(): Refill {
    const { limit } = this
    if (this.view.kind !== 'rows') return 'no'
    if (limit === null) return this.bound === null ? 'no' : 'extend'
    if (this.count > limit + slackOf(limit)) return 'trim'
    return this.bound !== null && this.count < limit - slackOf(limit) ? 'extend' : 'no'
  }

  /** Where the client stands, if it has been served up to `cursor`. */
  resumeAt(cursor: number): Resume {
    return { cursor, viewHash: this.view.hash, bound: this.bound, count: this.count, held: null }
  }
}

export type WatchPhase =
  | { readonly kind: 'lacking'; readonly resume: Resume | null; readonly refill: Refill; readonly isContinued: boolean }
  | { readonly kind: 'live' }
  | { readonly kind: 'asked' }

/** Whether a window is to be read further, or cut shorter. */
export type Refill = 'no' | 'extend' | 'trim'

/** How far a window may drain below its limit or grow above it. A client asks for that much more than it shows. */
export const slackOf = (limit: number): number => Math.min(25, Math.ceil(limit / 5))

export const isBefore = (view: View, a: Bound, b: Bound): boolean =>
  a !== null && (b === null || compareSortKeys(view.orderBy, a, b) < 0)
