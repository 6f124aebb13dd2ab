import {
  type Answer,
  encodeNodeMessage,
  type LiveView,
  type NodeMessage,
  type ReconcileReason,
  type SchemaModel,
  type SchemaTable,
} from '@tidemark/core'
import type { Limits } from '../limits.js'
import type { Read, Reads, RecordKey, StoredReplica } from '../store/Store.js'
import { CatchUpRound } from './CatchUpRound.js'
import type { GatewayEffect } from './GatewayEffect.js'
import type { GatewaySession, Watch } from './GatewaySession.js'
import { PlannedItems } from './PlannedItems.js'
import { type CatchUpResults, planCatchUp, readsFor } from './planCatchUp.js'
import { type PlannedCatchUp, questionOf, SharedPlans } from './SharedPlans.js'
import { type Cover, coversNothing, ToldRecords } from './ToldRecords.js'
import { isOfOne } from './View.js'

type CatchUpLimits = Pick<Limits, 'subscriptionsPerRound' | 'subscriptionsToLookThrough'>

/**
 * The one way to give a session what it lacks: for a new subscription, a return, a drained window, a record that
 * came into sight, a slow client and a hole in the feed alike.
 *
 * A round reads at one moment, hands its parts over as the client reads them, waits until the feed is at that
 * moment and goes live there: no hole and no repeat. If the feed went past it meanwhile, another round starts from
 * that moment, which is then a short one. [G5] [G6]
 */
export class CatchUps {
  readonly #roundBySession = new Map<GatewaySession, CatchUpRound>()
  readonly #holding = new Set<GatewaySession>()
  readonly #plans = new SharedPlans()
  #nextRound = 1

  constructor(
    private readonly schema: SchemaModel,
    private readonly table: SchemaTable,
    private readonly incarnation: string,
    private readonly limits: CatchUpLimits,
    private readonly position: () => number,
  ) {}

  start(session: GatewaySession): GatewayEffect[] {
    if (session.isBeingServed || session.isSuspended || session.isBehind || !session.hasSubscribed) return []
    const watches: Watch[] = []
    const reads: Record<string, Read> = {}
    const effects: GatewayEffect[] = []
    for (const watch of session.notLive) {
      if (watch.phase.kind !== 'lacking') continue
      if (watches.length === this.limits.subscriptionsPerRound) break
      const wanted = readsFor(watch)
      if ('ask' in wanted) {
        effects.push(this.ask(watch, wanted.ask))
        continue
      }
      for (const [name, read] of Object.entries(wanted.reads)) reads[`${watches.length}.${name}`] = read
      watches.push(watch)
    }
    // Answers come with the round after which nothing is lacking any more, so never before their effects.
    const withAnswers = session.answersDue && watches.length === session.notLive.size
    if (withAnswers) {
      reads.replica = { kind: 'replicas', replicas: [session.replica] }
      session.answersDue = false
    }
    if (watches.length === 0 && !withAnswers) return effects
    const round = new CatchUpRound(this.#nextRound++, watches)
    this.#roundBySession.set(session, round)
    session.isBeingServed = true
    effects.push({ kind: 'read', session: session.id, round: round.id, reads: reads as Reads })
    return effects
  }

  readDone(session: GatewaySession, roundId: number, head: number, results: CatchUpReading): GatewayEffect[] {
    const round = this.#roundBySession.get(session)
    if (round?.id !== roundId || round.phase !== 'reading') return []
    round.phase = 'sending'
    round.head = head
    const replica = results.replica as readonly (StoredReplica | undefined)[] | undefined
    if (replica?.[0] !== undefined) round.answers = missingAnswers(session, replica[0])
    const effects: GatewayEffect[] = []
    // What is live is as of the feed. Where that is behind what was read, a window may be past the record before it comes to it.
    const told = new ToldRecords(this.position() === head, this.limits.subscriptionsToLookThrough)
    for (const [index, watch] of round.watches.entries()) {
      if (!isCurrent(watch)) continue
      const plan = this.#plan(watch, index, results, told.coverFor(watch))
      if (plan.kind === 'ask') effects.push(this.ask(watch, plan.reason))
      else {
        watch.bound = plan.bound
        watch.count = plan.count
        watch.isVisible = plan.isVisible
        round.add({ watch, isWhole: plan.isWhole, planned: plan.planned, way: plan.way })
        // One whose window needs another round goes live later than those that would count on it.
        if (watch.refill === 'no') told.add(watch.view.collection, plan.items)
      }
    }
    return [...effects, ...this.pump(session)]
  }

  /** Hands over parts while the queue takes them; after the last the round waits for the feed. */
  pump(session: GatewaySession): GatewayEffect[] {
    const round = this.#roundBySession.get(session)
    const effects: GatewayEffect[] = []
    if (round?.phase !== 'sending') return effects
    while (session.hasRoom) {
      const part = round.nextPart(this.table)
      if (part === null) {
        round.phase = 'holding'
        this.#holding.add(session)
        return [...effects, ...this.#finish(session, round)]
      }
      const { bytes, isLast, way } = part
      effects.push({ kind: 'sendPart', session: session.id, frame: bytes, isLast, way })
      session.hasRoom = isLast
    }
    return effects
  }

  /** The feed has moved: rounds that waited for its position end. */
  feedMoved(): GatewayEffect[] {
    const effects: GatewayEffect[] = []
    for (const session of this.#holding) {
      const round = this.#roundBySession.get(session)
      if (round !== undefined) effects.push(...this.#finish(session, round))
    }
    return effects
  }

  cancel(session: GatewaySession): void {
    this.#holding.delete(session)
    this.#roundBySession.delete(session)
    session.isBeingServed = false
  }

  /** The client is to subscribe again: until it does the watch is given nothing. [G11] */
  ask(watch: Watch, reason: ReconcileReason): GatewayEffect {
    watch.isAsked()
    return this.say(watch.session, { type: 'reconcile', subId: watch.subId, reason })
  }

  say(session: GatewaySession, message: NodeMessage): GatewayEffect {
    return { kind: 'send', session: session.id, frame: encodeNodeMessage(message, this.table) }
  }

  #finish(session: GatewaySession, round: CatchUpRound): GatewayEffect[] {
    const position = this.position()
    if (round.phase !== 'holding' || position < round.head) return []
    this.cancel(session)
    const isExact = position === round.head
    const live: LiveView[] = []
    const bodies: RecordKey[] = []
    for (const watch of round.watches) {
      if (!isCurrent(watch)) continue
      if (isExact && watch.refill === 'no') {
        watch.goesLive()
        const { subId, view, bound } = watch
        live.push({ subId, view: view.number, viewHash: view.hash, bound })
        if (watch.isVisible && view.kind === 'body' && isOfOne(view)) bodies.push(view)
      } else watch.lacks(watch.resumeAt(round.head), true)
    }
    const effects: GatewayEffect[] = []
    if (live.length > 0) {
      effects.push(this.#end(session, { type: 'caughtUp', seq: round.head, subscriptions: live }))
    }
    if (bodies.length > 0) effects.push({ kind: 'bodiesCame', session: session.id, bodies })
    // An answer never goes before its effects.
    if (round.answers.length > 0 && isExact && session.isCaughtUp) {
      const chunks = [{ kind: 'answers', answers: round.answers } as const]
      session.answeredTo = Math.max(session.answeredTo, round.answers.at(-1)?.number ?? 0)
      effects.push(this.#end(session, { type: 'changes', epoch: 0, from: position, to: position, chunks }))
    } else if (round.answers.length > 0) session.answersDue = true
    return [...effects, ...this.start(session)]
  }

  #end(session: GatewaySession, message: NodeMessage): GatewayEffect {
    return { kind: 'sendEnd', session: session.id, frame: encodeNodeMessage(message, this.table) }
  }

  /** Who lacks the same after the same reading is told the same: that is planned once. [L3] */
  #plan(watch: Watch, index: number, results: CatchUpReading, cover: Cover | null): PlannedCatchUp {
    const make = (): PlannedCatchUp => {
      const { collection } = watch.view
      const model = this.schema.collectionByName.get(collection)
      if (model === undefined) throw new Error(`a watch of ${collection}, which is not in the schema`)
      const plan = planCatchUp(watch, resultsOf(results, index), model, this.incarnation, cover ?? coversNothing)
      return plan.kind === 'ask' ? plan : { ...plan, planned: new PlannedItems(plan.items, collection, this.table) }
    }
    const question = cover === null ? questionOf(watch, index) : null
    return question === null ? make() : this.#plans.of(results, question, make)
  }
}

/** What one reading of the store has answered, by name; the same object for all whom it is given to. */
export type CatchUpReading = Readonly<Record<string, unknown>>

/** Whether the watch is still its session's and still waits for this round. */
function isCurrent(watch: Watch): boolean {
  return watch.session.has(watch) && watch.phase.kind === 'lacking'
}

/** Every number that was decided and that the replica does not know of; a plain `accepted` is not stored. */
function missingAnswers(session: GatewaySession, replica: StoredReplica): Answer[] {
  const stored = new Map(replica.answers.map(answer => [answer.number, answer]))
  const answers: Answer[] = []
  for (let number = session.answered + 1; number <= replica.lastNumber; number++) {
    answers.push(stored.get(number) ?? { number, status: 'accepted' })
  }
  return answers
}

function resultsOf(results: CatchUpReading, index: number): CatchUpResults {
  const own: Record<string, unknown> = {}
  for (const name of ['list', 'changed', 'more', 'count', 'record', 'body', 'access']) {
    const result = results[`${index}.${name}`]
    if (result !== undefined) own[name] = result
  }
  return own
}
