import {
  type Answer,
  type CaughtUp,
  type Changes,
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
import { withSlack } from '../query/Watch.js'
import type { RowKey, StoredSubscription } from '../storage/ReplicaStorage.js'
import { applyPart, type PartRound, spreadPart } from './applyPart.js'
import { ChangedBy } from './ChangedBy.js'
import type { Confirmed } from './Confirmed.js'
import { type BodyDelta, type Delta, emptyDelta } from './Delta.js'
import { EventLog } from './EventLog.js'
import { type Held, heldOf } from './held.js'
import { RowDraft } from './RowDraft.js'
import { rowKeyOf, rowRef } from './RowRef.js'
import { type Sub, Subs } from './Subs.js'
import { Told } from './Told.js'
import { trimWindow } from './trimWindow.js'
import type { Wanted } from './Wanted.js'

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
  readonly #subs = new Subs()
  readonly #told = new Told()
  #session: { readonly serial: number; readonly incarnation: string; position: number | null } | null = null

  constructor(confirmed: Confirmed, outbox: OutboxView) {
    this.#confirmed = confirmed
    this.#outbox = outbox
  }

  /** Everything wanted is known to be current. */
  get isCurrent(): boolean {
    return this.#session !== null && this.#subs.areLive
  }

  /** Asks for a subscription whose rows are loaded, or for another part of it. */
  want(wanted: Wanted): Taken {
    const known = this.#subs.of(wanted.watch.key)
    if (known) {
      const isMore = isLonger(wanted.limit, known.wanted.limit)
      known.wanted = isMore ? wanted : { ...wanted, limit: known.wanted.limit }
      return isMore && this.#session ? this.#ask([known]) : nothingTaken
    }
    const sub = this.#subs.add(wanted)
    return this.#session ? this.#ask([sub]) : nothingTaken
  }

  /** Nobody wants it any more; what is stored of it stays. */
  unwant(key: string): Taken {
    const sub = this.#subs.of(key)
    if (sub === undefined) return nothingTaken
    const isAsked = this.#session !== null && sub.progress.kind !== 'wanted'
    const stands = this.#confirmed.pause(key)
    this.#subs.remove(sub)
    this.#told.strayed(sub)
    // They are kept while the node may serve something that counts on them.
    if (!this.#subs.areServed) this.#told.forgetStrays()
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
    if (isAnother) for (const sub of this.#subs.all) sub.isVoid = true
    const delta: Delta = {
      ...emptyDelta,
      subscriptions: isAnother ? [...this.#confirmed.keys].map(voidSubscription) : settled,
      position: { serial, cursor: isAnother ? 0 : this.#confirmed.position },
      meta: { incarnation: welcome.incarnation },
    }
    const { messages } = this.#ask(this.#subs.all)
    return { delta, messages: messages.length > 0 ? messages : [{ type: 'subscribe', subscriptions: [] }] }
  }

  /** The session is over. */
  ended(): void {
    this.#told.ended()
    this.#session = null
    for (const sub of this.#subs.all) {
      if (sub.progress.kind === 'live' || sub.progress.kind === 'moving') sub.hasMissed = true
      this.#subs.move(sub, { kind: 'wanted' })
    }
  }

  received(message: DataMessage): Taken {
    if (this.#session === null) return nothingTaken
    switch (message.type) {
      case 'snapshot': {
        const sub = this.#subs.bySubId(message.subId)
        if (sub) this.#told.part(sub, message)
        else if (this.#subs.areServed) this.#told.stray(message)
        return nothingTaken
      }
      case 'caughtUp':
        return this.#caughtUp(message)
      case 'reconcile':
        return this.#reconcile(message)
      case 'heartbeat':
        // One that moves nothing is nothing to be stored.
        return {
          delta: message.seq > (this.#session.position ?? -1) ? this.#moveTo(message.seq, emptyDelta) : null,
          messages: [],
        }
      case 'changes':
        return this.#changes(message)
    }
  }

  #changes(message: Changes): Taken {
    const draft = new RowDraft(this.#confirmed)
    const log = new EventLog(key => this.#subs.of(key)?.wanted.hasListeners === true)
    const changed = new ChangedBy(this.#subs, draft, log, message.to)
    for (const chunk of message.chunks) changed.by(chunk)
    const { answers, bodies, counts, lost } = changed
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
    const log = new EventLog(key => this.#subs.of(key)?.wanted.hasListeners === true)
    const lost = new Set<string>()
    const rounds: Round[] = []
    for (const view of message.subscriptions) {
      const sub = this.#subs.bySubId(view.subId)
      if (sub === undefined) continue
      rounds.push(this.#roundOf(sub, view, draft, log))
      const { target } = sub.wanted.watch
      if (target.kind === 'body' && this.#isReadAnew(sub, target)) {
        bodies.push({ kind: 'dropped', collection: target.collection, id: target.id })
      }
    }
    const roundBySub = new Map(rounds.map(round => [round.sub, round]))
    // Parts of other subscriptions are looked at too: a `covered` may count on their rows. None is ahead of this message.
    for (const { sub, part } of this.#told.upTo(message.seq)) {
      const isNews = (ref: string) => part.seq >= this.#seenOf(ref)
      const round = sub === null ? undefined : roundBySub.get(sub)
      if (round) applyPart({ confirmed: this.#confirmed, draft, bodies, isNews, seq: message.seq }, round, part)
      else spreadPart(draft, part, isNews)
    }
    for (const { sub, view, count, isWhole, isComplete } of rounds) {
      const { key } = sub.wanted.watch
      if (!isComplete) {
        lost.add(key)
        continue
      }
      const before = this.#confirmed.subscription(key)
      if (sub.hasMissed && before && this.#told.partsOf(sub).length > 0) {
        log.gap(key, before.cursor, message.seq)
      }
      trimWindow(draft, sub.wanted.watch, view.bound)
      this.#subs.move(sub, { kind: 'live', view: view.view })
      this.#told.applied(sub)
      sub.isVoid = false
      sub.hasMissed = false
      const kept = isWhole ? undefined : before
      subscriptions.push(this.#storedFrom(view, message.seq, count ?? kept?.count, key))
    }
    this.#told.forgetStrays()
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

  /** A row is as of the furthest subscription that covers it, or newer. */
  #seenOf(ref: string): number {
    const { collection, id } = rowKeyOf(ref)
    return this.#confirmed.seenOf(collection, id)
  }

  /** A whole result begins with nothing. */
  #roundOf(sub: Sub, view: LiveView, draft: RowDraft, log: EventLog): Round {
    const { key } = sub.wanted.watch
    const isWhole = this.#told.partsOf(sub).some(part => part.isWhole)
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

  /** The node says all there is of a body, or nothing: what is here is not part of it. */
  #isReadAnew(sub: Sub, { collection, id }: RowKey): boolean {
    if (this.#confirmed.body(rowRef(collection, id)) === undefined) return false
    return sub.progress.kind === 'moving' || this.#resumeOf(sub, null) === null
  }

  #reconcile({ subId, reason }: Reconcile): Taken {
    const sub = this.#subs.bySubId(subId)
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
    this.#subs.move(sub, { kind: 'moving' })
    return { delta: stands ? { ...emptyDelta, subscriptions: [stands] } : null, messages: [] }
  }

  /** Subscribes from where things stand; in several messages, lest one exceeds a frame. */
  #ask(subs: readonly Sub[], held: Held | null = null): Taken {
    const paused: StoredSubscription[] = []
    const replaced: number[] = []
    const subscriptions = subs.map((sub): Subscription => {
      if (sub.progress.kind !== 'wanted') replaced.push(this.#subs.renumber(sub))
      const stands = this.#confirmed.pause(sub.wanted.watch.key)
      if (stands) paused.push(stands)
      // What the node still sends of the old one is in the answer as well.
      this.#subs.move(sub, { kind: 'asked', held })
      this.#told.strayed(sub)
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
      const sub = this.#subs.of(key)
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
      const sub = this.#subs.of(key)
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
}

const maxAsked = 500
const nothingTaken: Taken = { delta: null, messages: [] }
const emptyUpdate = new Uint8Array([0, 0])

/** No view's: the node asks what is held. */
const unsureHash = '?'

const voidSubscription = (key: string): StoredSubscription => ({ key, viewHash: '', cursor: 0, bound: null })

const isLonger = (a: number | null, b: number | null): boolean => b !== null && (a === null || a > b)
