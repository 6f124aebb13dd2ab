import {
  type Answer,
  type CaughtUp,
  type Changes,
  type Chunk,
  type ClientMessage,
  type Heartbeat,
  type LiveView,
  type Reconcile,
  type Snapshot,
  type Subscription,
  vectorOf,
  type WatchTarget,
  type Welcome,
} from '@tidemark/core'
import { type Watch, withSlack } from '../query/Watch.js'
import type { StoredSubscription } from '../storage/ReplicaStorage.js'
import { applyPart, type HeldPart, type PartRound, spreadPart } from './applyPart.js'
import type { Confirmed } from './Confirmed.js'
import { type BodyDelta, type Delta, emptyDelta } from './Delta.js'
import { EventLog } from './EventLog.js'
import { type Held, heldOf } from './held.js'
import { RowDraft } from './RowDraft.js'
import { rowRef } from './RowRef.js'
import { trimWindow } from './trimWindow.js'

/** What is wanted of a subscription, by all tabs together. */
export interface Wanted {
  readonly watch: Watch
  /** Of a list: how many rows are shown at most; null for all. */
  readonly limit: number | null
  /** Whether somebody listens to its changes. */
  readonly hasListeners: boolean
  /** Somebody listened before: what passed since the stored cursor is a gap to them. */
  readonly resumes: boolean
  /** Listeners whose position is kept: it moves with what is stored. */
  readonly names: readonly string[]
}

/**
 *   wanted ──welcomed, want──► asked ──caughtUp──► live ──moving──► moving ──caughtUp──► live
 *      ▲                         │ ▲                 │
 *      │                         │ └──reconcile──────┤
 *      └────────ended────────────┴───────────────────┘
 *
 * `parts` are held until the `caughtUp` that they belong to. `held` is what was named in a reconciliation.
 */
type Progress =
  | { readonly kind: 'wanted' }
  | { readonly kind: 'asked'; readonly held: Held | null }
  | { readonly kind: 'live'; readonly view: number }
  /** The node moves its window or reads its body: it stands where it is, and a `caughtUp` will come unasked. */
  | { readonly kind: 'moving' }

interface Sub {
  /** A new one with each question of a session: what the node still says to an earlier one is not its answer. */
  subId: number
  wanted: Wanted
  progress: Progress
  parts: HeldPart[]
  /** Ask for everything at the next chance: what is here cannot be continued. */
  isVoid: boolean
  /** Was live, and changes have passed by since: to a listener they are a gap. */
  hasMissed: boolean
}

interface ChangedSince {
  readonly order: number
  readonly chunk: RecordChunk
}

/** A part; without a subscription if that was asked anew or given up since. */
interface ToldPart {
  readonly order: number
  readonly sub: Sub | null
  readonly part: HeldPart
}

type Told = ChangedSince | ToldPart

/** What one subscription is caught up by. */
interface Round extends PartRound {
  readonly sub: Sub
  readonly view: LiveView
  readonly isWhole: boolean
}

export type DataMessage = Changes | Snapshot | CaughtUp | Reconcile | Heartbeat

export interface Taken {
  readonly delta: Delta | null
  readonly messages: readonly ClientMessage[]
}

/** What the outbox knows about the records of a message. */
export interface OutboxView {
  /** Whether entries other than those being answered need the record's row. */
  isPending(ref: string, answered: ReadonlySet<number>): boolean
  /** The records of an entry. */
  refsOf(number: number): Iterable<string>
}

/**
 * Reads what the node sends about the subscriptions and turns it into deltas. Only in the leading tab.
 *
 * Holds no socket. A message is taken as a whole or not at all; parts of a subscription take effect with its `caughtUp`.
 * [G5] [G6]
 */
export class Intake {
  readonly #confirmed: Confirmed
  readonly #outbox: OutboxView
  readonly #subByKey = new Map<string, Sub>()
  readonly #keyBySubId = new Map<number, string>()
  readonly #keysByView = new Map<number, Set<string>>()
  #nextSubId = 1
  #arrivals = 0
  /** What changed while parts waited for their `caughtUp`. */
  #changedSince: ChangedSince[] = []
  /** Parts of questions that are void: what else is being caught up may count on their rows. */
  #strays: HeldPart[] = []
  #session: { readonly serial: number; readonly incarnation: string; position: number | null } | null = null

  constructor(confirmed: Confirmed, outbox: OutboxView) {
    this.#confirmed = confirmed
    this.#outbox = outbox
  }

  /** Everything wanted is known to be current. */
  get isCurrent(): boolean {
    if (this.#session === null) return false
    for (const { progress } of this.#subByKey.values()) if (progress.kind !== 'live') return false
    return true
  }

  /** Asks for a subscription whose rows are loaded, or for another part of it. */
  want(wanted: Wanted): Taken {
    const { key } = wanted.watch
    const known = this.#subByKey.get(key)
    if (known) {
      const isMore = isLonger(wanted.limit, known.wanted.limit)
      known.wanted = isMore ? wanted : { ...wanted, limit: known.wanted.limit }
      return isMore && this.#session ? this.#ask([known]) : nothingTaken
    }
    const sub: Sub = {
      subId: this.#nextSubId++,
      wanted,
      progress: { kind: 'wanted' },
      parts: [],
      isVoid: false,
      hasMissed: wanted.resumes,
    }
    this.#subByKey.set(key, sub)
    this.#keyBySubId.set(sub.subId, key)
    return this.#session ? this.#ask([sub]) : nothingTaken
  }

  /** Nobody wants it any more; what is stored of it stays. */
  unwant(key: string): Taken {
    const sub = this.#subByKey.get(key)
    if (sub === undefined) return { delta: null, messages: [] }
    const stands = this.#confirmed.pause(key)
    this.#forgetView(key)
    this.#subByKey.delete(key)
    this.#keyBySubId.delete(sub.subId)
    this.#stray(sub.parts)
    const isAsked = this.#session !== null && sub.progress.kind !== 'wanted'
    return {
      delta: stands ? { ...emptyDelta, subscriptions: [stands] } : null,
      messages: isAsked ? [{ type: 'unsubscribe', subIds: [sub.subId] }] : [],
    }
  }

  /** A session begins: everything wanted is asked for, from where it stands. One message, even if nothing is wanted. */
  welcomed(welcome: Welcome, incarnation: string): Taken {
    const isAnother = incarnation !== '' && incarnation !== welcome.incarnation
    const { serial, settled } = this.#confirmed.beginSession()
    this.#session = { serial, incarnation: welcome.incarnation, position: null }
    if (isAnother) for (const sub of this.#subByKey.values()) sub.isVoid = true
    const delta: Delta = {
      ...emptyDelta,
      subscriptions: isAnother ? [...this.#confirmed.keys].map(voidSubscription) : settled,
      position: { serial, cursor: isAnother ? 0 : this.#confirmed.position },
      meta: { incarnation: welcome.incarnation },
    }
    const { messages } = this.#ask([...this.#subByKey.values()])
    return { delta, messages: messages.length > 0 ? messages : [{ type: 'subscribe', subscriptions: [] }] }
  }

  /** The session is over. */
  ended(): void {
    this.#changedSince = []
    this.#strays = []
    this.#session = null
    this.#keysByView.clear()
    for (const sub of this.#subByKey.values()) {
      if (sub.progress.kind === 'live' || sub.progress.kind === 'moving') sub.hasMissed = true
      sub.progress = { kind: 'wanted' }
      sub.parts = []
    }
  }

  received(message: DataMessage): Taken {
    if (this.#session === null) return nothingTaken
    switch (message.type) {
      case 'snapshot': {
        const sub = this.#subBy(message.subId)
        const part = { ...message, order: ++this.#arrivals, isSpread: false }
        if (sub) sub.parts.push(part)
        else this.#stray([part])
        return nothingTaken
      }
      case 'caughtUp':
        return this.#caughtUp(message)
      case 'reconcile':
        return this.#reconcile(message)
      case 'heartbeat':
        return { delta: this.#moveTo(message.seq, emptyDelta), messages: [] }
      case 'changes':
        return this.#changes(message)
    }
  }

  #changes(message: Changes): Taken {
    const draft = new RowDraft(this.#confirmed)
    const log = new EventLog(key => this.#subByKey.get(key)?.wanted.hasListeners === true)
    const answers: Answer[] = []
    const bodies: BodyDelta[] = []
    const counts = new Map<string, number>()
    const lost = new Set<string>()
    const hasParts = this.#hasParts
    for (const chunk of message.chunks) {
      if (hasParts && isOfRecord(chunk)) this.#changedSince.push({ order: ++this.#arrivals, chunk })
      switch (chunk.kind) {
        case 'row':
        case 'patch': {
          const ref = rowRef(chunk.collection, chunk.id)
          const before = draft.get(ref)
          if (chunk.kind === 'row') draft.put(ref, chunk.values)
          else if (!draft.patch(ref, chunk.values)) break
          log.changed(ref, chunk, before?.values, draft.get(ref)?.values, before?.views ?? [])
          break
        }
        case 'removed': {
          const ref = rowRef(chunk.collection, chunk.id)
          const before = draft.get(ref)
          log.removed(ref, chunk, before?.values, before?.views ?? [])
          draft.remove(ref)
          break
        }
        case 'body':
          bodies.push({ kind: 'update', collection: chunk.collection, id: chunk.id, update: chunk.update })
          break
        case 'enter':
        case 'leave':
          for (const key of this.#keysByView.get(chunk.view) ?? []) {
            const { target } = (this.#subByKey.get(key) as Sub).wanted.watch
            const ref = rowRef(target.collection, chunk.id)
            if (target.kind === 'body') {
              if (chunk.kind === 'leave') bodies.push({ kind: 'dropped', collection: target.collection, id: chunk.id })
            } else if (chunk.kind === 'leave') {
              log.left(key, ref, message.to, draft.get(ref)?.values)
              draft.uncover(ref, key)
            } else if (draft.cover(ref, key)) log.entered(key, ref, message.to, draft.get(ref)?.values)
            else lost.add(key)
          }
          break
        case 'count':
          for (const key of this.#keysByView.get(chunk.view) ?? []) counts.set(key, chunk.count)
          break
        case 'answers':
          answers.push(...chunk.answers)
          break
      }
    }
    const subscriptions = [...counts].map(([key, count]) => this.#stored(key, { count }))
    const delta = {
      ...emptyDelta,
      ...this.#finish(draft, answers),
      bodies,
      answers,
      subscriptions,
      events: log.events,
      meta: message.epoch > 0 ? { epoch: message.epoch } : {},
    }
    return this.#andAskAgain(this.#moveTo(message.to, delta), lost, draft)
  }

  #caughtUp(message: CaughtUp): Taken {
    const draft = new RowDraft(this.#confirmed)
    const bodies: BodyDelta[] = []
    const subscriptions: StoredSubscription[] = []
    const log = new EventLog(key => this.#subByKey.get(key)?.wanted.hasListeners === true)
    const lost = new Set<string>()
    const rounds: Round[] = []
    for (const view of message.subscriptions) {
      const sub = this.#subBy(view.subId)
      if (sub !== undefined) rounds.push(this.#roundOf(sub, view, draft, log))
    }
    const roundBySub = new Map(rounds.map(round => [round.sub, round]))
    // In the order in which they came: what one subscription was told first may be older than what another was told, or what
    // changed, since. And a subscription counts on the rows that came for others, though these are not caught up yet.
    for (const told of this.#toldInOrder()) {
      if ('chunk' in told) changeAgain(draft, told.chunk)
      else {
        const round = told.sub === null ? undefined : roundBySub.get(told.sub)
        if (round) applyPart(this.#confirmed, round, told.part, draft, bodies, message.seq)
        else if (!told.part.isSpread) spreadPart(told.part, draft)
        told.part.isSpread = true
      }
    }
    for (const { sub, view, count, isWhole, isComplete } of rounds) {
      const { key } = sub.wanted.watch
      if (!isComplete) {
        lost.add(key)
        continue
      }
      const before = this.#confirmed.subscription(key)
      if (sub.hasMissed && before && sub.parts.length > 0) {
        log.gap(key, before.cursor, message.seq)
      }
      trimWindow(draft, sub.wanted.watch, view.bound)
      this.#goLive(sub, view)
      const kept = isWhole ? undefined : before
      subscriptions.push(this.#storedFrom(view, message.seq, count ?? kept?.count, key))
    }
    this.#strays = []
    if (!this.#hasParts) this.#changedSince = []
    const delta: Delta = {
      ...emptyDelta,
      ...this.#finish(draft, []),
      bodies,
      subscriptions,
      live: subscriptions.map(({ key }) => key),
      events: log.events,
    }
    return this.#andAskAgain(this.#moveTo(message.seq, delta), lost, draft)
  }

  #toldInOrder(): Told[] {
    const told: Told[] = [...this.#changedSince]
    for (const part of this.#strays) told.push({ order: part.order, sub: null, part })
    for (const sub of this.#subByKey.values()) for (const part of sub.parts) told.push({ order: part.order, sub, part })
    return told.sort((a, b) => a.order - b.order)
  }

  /** Kept while the node may serve something that counts on them. */
  #stray(parts: readonly HeldPart[]): void {
    if (this.#isServed) this.#strays.push(...parts.filter(({ isSpread }) => !isSpread))
    else this.#strays = []
  }

  get #isServed(): boolean {
    for (const { progress } of this.#subByKey.values())
      if (progress.kind === 'asked' || progress.kind === 'moving') return true
    return false
  }

  get #hasParts(): boolean {
    if (this.#strays.length > 0) return true
    for (const { parts } of this.#subByKey.values()) if (parts.length > 0) return true
    return false
  }

  /** A whole result begins with nothing. */
  #roundOf(sub: Sub, view: LiveView, draft: RowDraft, log: EventLog): Round {
    const { key } = sub.wanted.watch
    const isWhole = sub.parts.some(part => part.isWhole)
    if (isWhole) for (const ref of this.#confirmed.refsOf(key)) draft.uncover(ref, key)
    return {
      sub,
      view,
      isWhole,
      watch: sub.wanted.watch,
      held: sub.progress.kind === 'asked' ? sub.progress.held : null,
      log: sub.progress.kind === 'live' || sub.progress.kind === 'moving' ? log : null,
      count: undefined,
      isComplete: true,
    }
  }

  #reconcile({ subId, reason }: Reconcile): Taken {
    const sub = this.#subBy(subId)
    const session = this.#session
    if (sub === undefined || session === null) return nothingTaken
    const { target, key } = sub.wanted.watch
    if (reason === 'moving') return this.#rest(sub)
    if (sub.progress.kind === 'live' || sub.progress.kind === 'moving') sub.hasMissed = true
    if (reason === 'behind') return this.#ask([sub])
    if (target.kind === 'count') return this.#askAnew(new Set([key]))
    const held: Held =
      target.kind === 'body'
        ? { refs: [], bytes: vectorOf(this.#confirmed.body(rowRef(target.collection, target.id)) ?? emptyUpdate) }
        : heldOf(session.incarnation, this.#confirmed.refsOf(key))
    return this.#ask([sub], held)
  }

  /** It stands where it is while changes go on. */
  #rest(sub: Sub): Taken {
    if (sub.progress.kind !== 'live') return nothingTaken
    const stands = this.#confirmed.pause(sub.wanted.watch.key)
    this.#forgetView(sub.wanted.watch.key)
    sub.progress = { kind: 'moving' }
    return { delta: stands ? { ...emptyDelta, subscriptions: [stands] } : null, messages: [] }
  }

  /** Subscribes from where things stand; in several messages, lest one exceeds a frame. */
  #ask(subs: readonly Sub[], held: Held | null = null): Taken {
    const paused: StoredSubscription[] = []
    const replaced: number[] = []
    const subscriptions = subs.map((sub): Subscription => {
      if (sub.progress.kind !== 'wanted') replaced.push(this.#renumber(sub))
      const stands = this.#confirmed.pause(sub.wanted.watch.key)
      if (stands) paused.push(stands)
      // What the node still sends of the old one is in the answer as well.
      this.#forgetView(sub.wanted.watch.key)
      sub.progress = { kind: 'asked', held }
      this.#stray(sub.parts)
      sub.parts = []
      const { watch, limit } = sub.wanted
      const target: WatchTarget =
        watch.target.kind === 'list' ? { ...watch.target, limit: withSlack(limit) } : watch.target
      return { subId: sub.subId, target, resume: this.#resumeOf(sub, held) }
    })
    const messages: ClientMessage[] = replaced.length > 0 ? [{ type: 'unsubscribe', subIds: replaced }] : []
    for (let at = 0; at < subscriptions.length; at += maxAsked) {
      messages.push({ type: 'subscribe', subscriptions: subscriptions.slice(at, at + maxAsked) })
    }
    return { delta: paused.length > 0 ? { ...emptyDelta, subscriptions: paused } : null, messages }
  }

  /** Gives the number that it had. */
  #renumber(sub: Sub): number {
    const { subId } = sub
    this.#keyBySubId.delete(subId)
    sub.subId = this.#nextSubId++
    this.#keyBySubId.set(sub.subId, sub.wanted.watch.key)
    return subId
  }

  #resumeOf(sub: Sub, held: Held | null): Subscription['resume'] {
    const { key, target } = sub.wanted.watch
    const stored = this.#confirmed.subscription(key)
    if (sub.isVoid || stored === undefined || stored.viewHash === '') return null
    const { cursor, viewHash, bound } = stored
    if (target.kind === 'body') {
      if (this.#confirmed.body(rowRef(target.collection, target.id)) === undefined) return null
      return { cursor, viewHash, bound, count: 1, held: held?.bytes ?? null }
    }
    const count = target.kind === 'count' ? (stored.count ?? 0) : this.#confirmed.refsOf(key).size
    return { cursor, viewHash, bound, count, held: held?.bytes ?? null }
  }

  /** Asks for the whole of subscriptions that cannot go on from what is here. */
  #askAnew(keys: ReadonlySet<string>): Taken {
    const subs: Sub[] = []
    for (const key of keys) {
      const sub = this.#subByKey.get(key)
      if (sub === undefined) continue
      sub.isVoid = true
      if (sub.progress.kind === 'live') sub.hasMissed = true
      subs.push(sub)
    }
    return this.#ask(subs)
  }

  /** These were told of rows that are not here: what they hold is named, as it is with the message applied. */
  #andAskAgain(delta: Delta, keys: ReadonlySet<string>, draft: RowDraft): Taken {
    const subscriptions = [...delta.subscriptions]
    const messages: ClientMessage[] = []
    for (const key of keys) {
      const sub = this.#subByKey.get(key)
      if (sub === undefined || this.#session === null) continue
      if (sub.progress.kind === 'live' || sub.progress.kind === 'moving') sub.hasMissed = true
      const asked = this.#ask([sub], heldOf(this.#session.incarnation, draft.coveredBy(key)))
      messages.push(...asked.messages)
      const stands = this.#confirmed.subscription(key)
      // Its rows are not those of its cursor any more: after a crash the node has to ask, too.
      if (stands) subscriptions.push({ ...stands, viewHash: unsureHash })
    }
    return { delta: { ...delta, subscriptions }, messages }
  }

  #goLive(sub: Sub, { view }: LiveView): void {
    const { key } = sub.wanted.watch
    this.#forgetView(key)
    sub.progress = { kind: 'live', view }
    sub.parts = []
    sub.isVoid = false
    sub.hasMissed = false
    const keys = this.#keysByView.get(view)
    if (keys) keys.add(key)
    else this.#keysByView.set(view, new Set([key]))
  }

  #forgetView(key: string): void {
    const sub = this.#subByKey.get(key)
    if (sub?.progress.kind !== 'live') return
    const keys = this.#keysByView.get(sub.progress.view)
    keys?.delete(key)
    if (keys?.size === 0) this.#keysByView.delete(sub.progress.view)
  }

  #storedFrom(
    { viewHash, bound }: LiveView,
    cursor: number,
    count: number | undefined,
    key: string,
  ): StoredSubscription {
    const base = { key, viewHash, cursor, bound, liveIn: this.#session?.serial ?? 0 }
    return { ...base, ...(count === undefined ? {} : { count }) }
  }

  #stored(key: string, change: { readonly count: number }): StoredSubscription {
    const stored = this.#confirmed.subscription(key) as StoredSubscription
    return { ...stored, ...change, liveIn: this.#session?.serial ?? 0 }
  }

  #finish(draft: RowDraft, answers: readonly Answer[]): Pick<Delta, 'rows' | 'droppedRows'> {
    const answered = new Set(answers.map(({ number }) => number))
    for (const number of answered) for (const ref of this.#outbox.refsOf(number)) draft.touch(ref)
    return draft.finish(ref => this.#outbox.isPending(ref, answered))
  }

  #moveTo(seq: number, delta: Delta): Delta {
    const session = this.#session
    if (session === null || seq <= (session.position ?? -1)) return delta
    session.position = seq
    return { ...delta, position: { serial: session.serial, cursor: seq } }
  }

  #subBy(subId: number): Sub | undefined {
    return this.#subByKey.get(this.#keyBySubId.get(subId) ?? '')
  }
}

const maxAsked = 500
const nothingTaken: Taken = { delta: null, messages: [] }
const emptyUpdate = new Uint8Array([0, 0])

type RecordChunk = Extract<Chunk, { readonly kind: 'row' | 'patch' | 'removed' }>

const isOfRecord = (chunk: Chunk): chunk is RecordChunk =>
  chunk.kind === 'row' || chunk.kind === 'patch' || chunk.kind === 'removed'

/** A part that came before the change may have taken it back. */
function changeAgain(draft: RowDraft, chunk: RecordChunk): void {
  const ref = rowRef(chunk.collection, chunk.id)
  if (chunk.kind === 'removed') draft.remove(ref)
  else if (draft.get(ref) !== undefined) draft.patch(ref, chunk.values)
}

/** No view's: the node asks what is held. */
const unsureHash = '?'

const voidSubscription = (key: string): StoredSubscription => ({ key, viewHash: '', cursor: 0, bound: null })

const isLonger = (a: number | null, b: number | null): boolean => b !== null && (a === null || a > b)
