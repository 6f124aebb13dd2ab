import {
  type AccessChange,
  type Answer,
  type Envelope,
  encodeNodeMessage,
  readVector,
  type SchemaModel,
  type SchemaTable,
  type Subscription,
} from '@tidemark/core'
import type { BaseUser, WorkspaceRole } from '../access/AccessRules.js'
import { type FeedFact, WorkspaceFeed } from '../feed/WorkspaceFeed.js'
import type { Limits } from '../limits.js'
import type { RecordKey } from '../store/Store.js'
import { type CatchUpReading, CatchUps } from './CatchUps.js'
import { Fanout } from './Fanout.js'
import { closeFor, type GatewayEffect } from './GatewayEffect.js'
import { type GatewaySession, Watch } from './GatewaySession.js'
import { routeBodyChange, routeRowChange } from './routeChange.js'
import { isOfOne } from './View.js'
import type { ViewDescriptions } from './ViewDescriptions.js'
import { ViewTable } from './ViewTable.js'
import type { WatchCount } from './WatchCount.js'

export interface GatewayContext {
  readonly schema: SchemaModel
  readonly table: SchemaTable
  readonly views: ViewDescriptions
  readonly limits: Limits
  /** Numbers for views, never the same twice on a node. */
  readonly nextViewNumber: () => number
  readonly watchCount: WatchCount
}

/**
 * One workspace as this node's clients see it: which session watches what, and what each is told of a change.
 * It takes facts, returns effects and decides locally whom to tell; the authority knows nothing of it.
 */
export class WorkspaceGateway {
  readonly #feed: WorkspaceFeed
  readonly #views: ViewTable
  readonly #catchUps: CatchUps
  readonly #sessions = new Map<string, GatewaySession>()
  readonly #sessionsByReplica = new Map<string, Set<GatewaySession>>()
  /** Rights may have changed up to here: what was before this gateway opened is not known to it. */
  #lastAccessSeq: number

  constructor(
    head: number,
    incarnation: string,
    private readonly context: GatewayContext,
  ) {
    const { views, limits, nextViewNumber, schema, table, watchCount } = context
    this.#feed = new WorkspaceFeed(head)
    this.#lastAccessSeq = head
    this.#views = new ViewTable(views, nextViewNumber, watchCount)
    this.#catchUps = new CatchUps(schema, table, incarnation, limits, () => this.#feed.position)
  }

  get position(): number {
    return this.#feed.position
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** `rightsAt`: the head before its rights were asked for. An access entry since then may have changed them. */
  joined(session: GatewaySession, rightsAt: number): GatewayEffect[] {
    this.#sessions.set(session.id, session)
    const ofReplica = this.#sessionsByReplica.get(session.replica) ?? new Set()
    this.#sessionsByReplica.set(session.replica, ofReplica.add(session))
    if (this.#lastAccessSeq <= rightsAt) return []
    session.suspension = 'asked'
    return [{ kind: 'readRights', session: session.id }]
  }

  left(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    this.#catchUps.cancel(session)
    const ofReplica = this.#sessionsByReplica.get(session.replica)
    ofReplica?.delete(session)
    if (ofReplica?.size === 0) this.#sessionsByReplica.delete(session.replica)
    for (const watch of session.watches) this.#views.remove(watch)
  }

  subscribed(id: string, subscriptions: readonly Subscription[]): GatewayEffect[] {
    const session = this.#sessions.get(id)
    if (session === undefined) return []
    session.hasSubscribed = true
    const effects: GatewayEffect[] = []
    for (const { subId, target, resume } of subscriptions) {
      effects.push(...this.#unwatch(session, [subId]))
      if (session.watchCount >= this.context.limits.subscriptionsPerSession) {
        return [{ kind: 'close', session: id, code: 'TOO_MANY_SUBSCRIPTIONS' }]
      }
      try {
        // Nonsense in it would show only when the body was read, as a failure of ours.
        if (target.kind === 'body' && resume?.held?.byteLength) readVector(resume.held)
        const watch = new Watch(session, subId, target, this.#views.resolve(session.user, target), resume)
        session.add(watch)
        this.#views.add(watch)
      } catch (error) {
        return [closeFor(id, error)]
      }
    }
    return [...effects, ...this.#catchUps.start(session)]
  }

  unsubscribed(id: string, subIds: readonly number[]): GatewayEffect[] {
    const session = this.#sessions.get(id)
    return session === undefined ? [] : this.#unwatch(session, subIds)
  }

  /** The client has the answers up to a number, and wants one more. */
  pushed(id: string, answered: number, number: number): void {
    this.#sessions.get(id)?.wantsAnswer(answered, number)
  }

  /** What the feed made of it is for others who follow it. */
  published(envelope: Envelope): { readonly fact: FeedFact; readonly effects: readonly GatewayEffect[] } {
    const fact = this.#feed.received(envelope)
    switch (fact) {
      case 'ignored':
        return { fact, effects: [] }
      case 'hole':
        return { fact, effects: this.#resync() }
      case 'delivered':
        return { fact, effects: [...this.#route(envelope), ...this.#catchUps.feedMoved()] }
    }
  }

  /** Changes up to a head are missing: they are in the store. */
  missed(head: number): GatewayEffect[] {
    this.#feed.missed(head)
    return [...this.#resync(), ...this.#catchUps.feedMoved()]
  }

  readDone(id: string, round: number, head: number, results: CatchUpReading): GatewayEffect[] {
    const session = this.#sessions.get(id)
    return session === undefined ? [] : this.#catchUps.readDone(session, round, head, results)
  }

  readFailed(id: string): GatewayEffect[] {
    return this.#sessions.has(id) ? [{ kind: 'close', session: id, code: 'INTERNAL' }] : []
  }

  /** The session's queue takes another part. */
  drained(id: string): GatewayEffect[] {
    const session = this.#sessions.get(id)
    if (session === undefined) return []
    session.hasRoom = true
    if (!session.isBehind) return this.#catchUps.pump(session)
    session.isBehind = false
    const effects: GatewayEffect[] = []
    for (const watch of session.watches) {
      if (watch.phase.kind === 'asked') effects.push(this.#catchUps.ask(watch, 'behind'))
    }
    return [...effects, ...this.#catchUps.start(session)]
  }

  /** The session reads too slowly and its queue was dropped: it is a dirty set, served once it reads again. [A15] */
  overflowed(id: string): GatewayEffect[] {
    const session = this.#sessions.get(id)
    if (session === undefined || session.isBehind) return []
    session.isBehind = true
    return this.#silence(session)
  }

  /** Who the user is and may do now; null if that was refused. */
  rightsRead(id: string, rights: { readonly user: BaseUser; readonly role: WorkspaceRole } | null): GatewayEffect[] {
    const session = this.#sessions.get(id)
    if (session === undefined) return []
    if (session.suspension === 'again') {
      session.suspension = 'asked'
      return [{ kind: 'readRights', session: id }]
    }
    if (rights === null || rights.role === 'none') return [{ kind: 'close', session: id, code: 'FORBIDDEN' }]
    if (rights.user.userId !== session.user.userId) return [{ kind: 'close', session: id, code: 'WRONG_USER' }]
    session.user = rights.user
    session.role = rights.role
    session.suspension = null
    const effects: GatewayEffect[] = []
    for (const watch of session.watches) {
      try {
        // One that was subscribed to meanwhile is by the rights of before.
        if (this.#views.hashOf(session.user, watch.target) !== watch.view.hash) {
          effects.push(this.#catchUps.ask(watch, 'access'))
        } else if (watch.phase.kind === 'asked') effects.push(this.#catchUps.ask(watch, 'behind'))
      } catch (error) {
        return [closeFor(id, error)]
      }
    }
    return [...effects, ...this.#catchUps.start(session)]
  }

  /** What a quiet session is told: how far it has been served. */
  heartbeat(id: string): GatewayEffect[] {
    const session = this.#sessions.get(id)
    if (session === undefined || session.isSuspended || session.isBehind) return []
    return [this.#catchUps.say(session, { type: 'heartbeat', seq: this.position })]
  }

  roleOf(id: string): { readonly user: BaseUser; readonly role: 'read' | 'write' } | undefined {
    return this.#sessions.get(id)
  }

  sessionsOf(replica: string): readonly string[] {
    return [...(this.#sessionsByReplica.get(replica) ?? [])].map(({ id }) => id)
  }

  /** Sessions that watch this body and may see it: whom its presence goes to. */
  bodyWatchers({ collection, id }: RecordKey): ReadonlySet<string> {
    return new Set(this.#views.bodyWatches(collection, id).map(({ session }) => session.id))
  }

  /** Whether the session watches just this subject, by its name, and may see it, as far as is known at this moment. */
  sees(id: string, subject: string): boolean {
    return this.#sessions.get(id)?.sees(subject) === true
  }

  /** Whether its rights are known. */
  isKnown(id: string): boolean {
    return this.#sessions.get(id)?.isSuspended === false
  }

  #route(envelope: Envelope): GatewayEffect[] {
    const fanout = new Fanout(envelope, this.context.table)
    const effects: GatewayEffect[] = []
    for (const change of envelope.changes) {
      if (change.kind === 'access') effects.push(...this.#suspend(fanout, change))
      else if (change.kind === 'body') routeBodyChange(this.#views, fanout, change)
      else routeRowChange(this.context.schema, this.#views, fanout, change)
    }
    const moved = this.#routeAnswers(fanout, envelope)
    for (const watch of fanout.moved) {
      if (watch.isLive && watch.refill !== 'no') watch.lacks(watch.resumeAt(envelope.to))
      if (watch.phase.kind !== 'lacking') continue
      // Changes go on without it: its cursor must not move along. A body is lacking from before these. [G5]
      const { session, subId, view } = watch
      const rests = encodeNodeMessage({ type: 'reconcile', subId, reason: 'moving' }, this.context.table)
      if (view.kind === 'body') fanout.tellBefore(session, rests)
      else fanout.tellAfter(session, rests)
      moved.add(session)
    }
    for (const [session, frame] of fanout.frames()) effects.push({ kind: 'send', session: session.id, frame })
    for (const { id } of fanout.lostSight) effects.push({ kind: 'lostSight', session: id })
    for (const session of moved) effects.push(...this.#catchUps.start(session))
    return effects
  }

  /** Gives back sessions that have missed some: an envelope of answers alone leaves no hole in the feed. */
  #routeAnswers(fanout: Fanout, envelope: Envelope): Set<GatewaySession> {
    const lacking = new Set<GatewaySession>()
    const answersBySession = new Map<GatewaySession, Answer[]>()
    for (const { replica, answer } of envelope.answers) {
      for (const session of this.#sessionsByReplica.get(replica) ?? []) {
        // A repeat; of one that the client has confirmed the true answer may not be known any more.
        if (answer.number <= session.answeredTo) continue
        const answers = answersBySession.get(session)
        if (answers === undefined) answersBySession.set(session, [answer])
        else answers.push(answer)
      }
    }
    for (const [session, answers] of answersBySession) {
      // An answer never goes before its effects: who is not caught up gets it with the end of its round.
      const isNext = answers[0]?.number === session.answeredTo + 1
      if (!isNext) lacking.add(session)
      if (isNext && session.isCaughtUp) {
        fanout.tell(session, fanout.private({ kind: 'answers', answers }))
        session.answeredTo = answers.at(-1)?.number ?? session.answeredTo
      } else session.answersDue = true
    }
    return lacking
  }

  /** Rights changed at this seq: nothing more is told until they are known anew. [G11] */
  #suspend(fanout: Fanout, { subject, seq }: AccessChange): GatewayEffect[] {
    this.#lastAccessSeq = seq
    const effects: GatewayEffect[] = []
    for (const session of this.#sessions.values()) {
      if (subject !== null && subject !== session.user.userId) continue
      fanout.drop(session)
      effects.push(...this.#askRights(session))
    }
    return effects
  }

  #askRights(session: GatewaySession): GatewayEffect[] {
    const isAsked = session.suspension !== null
    // What is being read may be older than this change.
    session.suspension = isAsked ? 'again' : 'asked'
    const effects = this.#silence(session)
    // Before it subscribes a session is told nothing of the workspace: what may wait is its welcome.
    if (session.hasSubscribed) effects.push({ kind: 'dropQueue', session: session.id })
    if (!isAsked) effects.push({ kind: 'readRights', session: session.id })
    return effects
  }

  /** Nothing is live any more: the client will be asked to subscribe again. */
  #silence(session: GatewaySession): GatewayEffect[] {
    this.#catchUps.cancel(session)
    // A part that was asked for may have gone with the queue: nobody would ask for the next one.
    session.hasRoom = true
    session.answersDue = true
    session.answeredTo = session.answered
    for (const watch of session.watches) watch.isAsked()
    return [{ kind: 'lostSight', session: session.id }]
  }

  /** Envelopes are missing, and changes of rights may be among them: everyone is looked at again. [G11] */
  #resync(): GatewayEffect[] {
    this.#lastAccessSeq = this.#feed.position
    return [...this.#sessions.values()].flatMap(session => this.#askRights(session))
  }

  #unwatch(session: GatewaySession, subIds: readonly number[]): GatewayEffect[] {
    let hasLostSight = false
    for (const subId of subIds) {
      const watch = session.remove(subId)
      if (watch === undefined) continue
      this.#views.remove(watch)
      hasLostSight ||= isOfOne(watch.view)
    }
    return hasLostSight ? [{ kind: 'lostSight', session: session.id }] : []
  }
}
