import {
  protocolVersion,
  randomId,
  type SchemaModel,
  type SchemaTable,
  type ShownPresence,
  TidemarkError,
  type Welcome,
} from '@tidemark/core'
import type { Outbox } from '../outbox/Outbox.js'
import type { OutboxRunner } from '../outbox/OutboxRunner.js'
import { outcomesOf } from '../outbox/Outcomes.js'
import { PusherRunner } from '../outbox/PusherRunner.js'
import { rejectionsOf } from '../outbox/rejectionsOf.js'
import { verdictOnRenewal } from '../outbox/renewal.js'
import { wasSentLately } from '../outbox/wasSentLately.js'
import type { Platform } from '../platform/Platform.js'
import { type Delta, emptyDelta } from '../replica/Delta.js'
import { forgetOldest } from '../replica/forgetOldest.js'
import { Intake, type Taken } from '../replica/Intake.js'
import { lastResultOf } from '../replica/lastResult.js'
import { positionKey } from '../replica/positionKey.js'
import type { Replica } from '../replica/Replica.js'
import { Saver } from '../replica/Saver.js'
import type { Wanted } from '../replica/Wanted.js'
import { ClientSession, type Connection, type DeliveredMessage } from '../session/ClientSession.js'
import { isReachable } from '../session/isReachable.js'
import { SessionRunner } from '../session/SessionRunner.js'
import type { ReplicaMeta, ReplicaStorage, StoredRows, StoredSubscription } from '../storage/ReplicaStorage.js'
import { StoredViews } from './StoredViews.js'
import { type TabId, Wants } from './Wants.js'

export interface LeaderParts {
  readonly platform: Platform
  readonly storage: ReplicaStorage
  readonly replica: Replica
  readonly outbox: Outbox
  readonly outboxRunner: OutboxRunner
  readonly schema: SchemaModel
  readonly table: SchemaTable
  readonly url: string
  readonly workspace: string
  readonly userId: string
  readonly auth: () => string | null | Promise<string | null>
}

/** What the rest of the tab, and the other tabs, hear of the leader. */
export interface LeaderEvents {
  /** A message was applied here: rejections and events are in it. */
  applied(delta: Delta): void
  /** The same, now that it is stored. */
  stored(delta: Delta, version: number): void
  /** The connection moved, or all is current now. */
  moved(): void
  presence(message: ShownPresence): void
  /** The replica goes on under another id: read the storage again. */
  renewed(): Promise<void>
}

/**
 * The tab that holds the connection. Joins what all tabs want, applies and stores what the node sends, sends the outbox of
 * all. Only one tab of a replica has one.
 */
export class Leader {
  readonly #parts: LeaderParts
  readonly #events: LeaderEvents
  readonly #session: ClientSession
  readonly #runner: SessionRunner
  readonly #intake: Intake
  readonly #pusher: PusherRunner
  readonly #saver: Saver
  readonly #wants = new Wants()
  readonly #views: StoredViews
  /** Loaded, and wanted by nobody any more. */
  readonly #left = new Set<string>()
  #meta: Pick<ReplicaMeta, 'replica' | 'incarnation'>
  #extra: ReplicaMeta['extra']
  #clockOffsetMs: number
  #caughtUpAt: number | null = null
  #wasReachable = true
  #isStopped = false
  /** Whether the app wants a connection. */
  #isConnecting = false
  /** Why there is none meanwhile: the replica is renewed, or the storage must first take what came. */
  #pause: 'renewing' | 'overfull' | null = null

  constructor(parts: LeaderParts, meta: ReplicaMeta, events: LeaderEvents) {
    const { platform, storage, replica, outbox } = parts
    this.#parts = parts
    this.#events = events
    this.#meta = meta
    this.#extra = meta.extra
    this.#clockOffsetMs = meta.clockOffsetMs
    this.#intake = new Intake(replica.confirmed, {
      isPending: (ref, answered) => replica.overlay.isPendingBeside(ref, answered),
      refsOf: number => {
        const entry = outbox.entryAt(number)
        return entry ? replica.overlay.refsOf(entry) : []
      },
    })
    this.#saver = new Saver(storage, replica.confirmed, platform.clock, meta.version, (delta, version) => {
      this.#stored(delta)
      if (!this.#isStopped) events.stored(delta, version)
    })
    this.#views = new StoredViews(this.#saver, replica, key => !this.#isStopped && this.#wants.has(key))
    this.#pusher = new PusherRunner({ storage, clock: platform.clock }, meta, {
      send: message => this.#runner.send(message),
      taken: entries => replica.write(outbox.heard(entries)),
    })
    this.#session = new ClientSession(
      () => ({
        protocol: protocolVersion,
        schemaHash: parts.schema.hash,
        workspace: parts.workspace,
        userId: parts.userId,
        replica: this.#meta.replica,
        answered: this.#pusher.storedAnswer,
      }),
      meta.epoch,
    )
    this.#runner = new SessionRunner(this.#session, platform, parts, {
      begun: (welcome, clockOffsetMs) => this.#begun(welcome, clockOffsetMs),
      delivered: message => this.#delivered(message),
      resting: untilMs => this.#pusher.busy(untilMs),
      ended: () => this.#ended(),
      moved: () => {
        events.moved()
        this.#moved()
      },
    })
  }

  get connection(): Connection {
    return this.#session.connection
  }

  get node(): string | null {
    return this.#session.node
  }

  get refusal() {
    return this.#session.refusal
  }

  get isCurrent(): boolean {
    return this.#session.connection === 'online' && this.#intake.isCurrent
  }

  get caughtUpAt(): number | null {
    return this.#caughtUpAt
  }

  /** What is live by all that is stored: the other tabs have no more. */
  get storedLiveKeys(): readonly string[] {
    return this.#parts.replica.confirmed.liveKeys.filter(key => !this.#saver.makesLive(key))
  }

  connect(): void {
    this.#isConnecting = true
    if (this.#pause === null) this.#runner.connect()
  }

  /** Keeps what is stored within its bound. */
  async tidy(): Promise<void> {
    const { storage, replica } = this.#parts
    const delta = await forgetOldest(storage, replica.confirmed)
    if (delta && !this.#isStopped) this.#apply(delta)
  }

  disconnect(): void {
    this.#isConnecting = false
    this.#runner.disconnect()
  }

  /** Resolves when all that came is stored, or refused: then the node has it still. */
  async stop(): Promise<void> {
    this.#runner.disconnect()
    await this.#saver.idle()
    this.#isStopped = true
    this.#pusher.stop()
    this.#saver.close()
  }

  want(tab: TabId, wanted: Wanted): void {
    const { key } = wanted.watch
    if (this.#wants.add(tab, wanted)) void this.#load(wanted)
    else if (this.#parts.replica.confirmed.isLoaded(key)) this.#take(this.#intake.want(this.#wants.of(key) ?? wanted))
  }

  unwant(tab: TabId, key: string): void {
    if (!this.#wants.remove(tab, key)) return
    this.#take(this.#intake.unwant(key))
    if (this.#parts.replica.confirmed.isLoaded(key)) this.#left.add(key)
    this.#unloadLeft()
  }

  /** A tab is gone: nobody wants what only it wanted. */
  forget(tab: TabId): void {
    for (const key of [...this.#wants.keys]) this.unwant(tab, key)
  }

  /** The outbox grew. */
  numbered(): void {
    this.#pusher.numbered()
  }

  sendPresence(scope: string, state: Uint8Array): void {
    if (this.#session.connection === 'online') this.#runner.send({ type: 'presence', scope, state })
  }

  /** A listener was told everything up to here. */
  keepPosition(name: string, cursor: number): void {
    this.#extra = { ...this.#extra, [positionKey(name)]: cursor }
    this.#saver.add({ ...emptyDelta, meta: { extra: this.#extra } })
  }

  /** Reads what is stored of a subscription and asks the node for the rest. What cannot be read now is read later. */
  async #load(wanted: Wanted): Promise<void> {
    const { watch } = wanted
    const { key } = watch
    if (this.#left.delete(key)) {
      this.#take(this.#intake.want(wanted))
      return
    }
    let stored: StoredRows
    try {
      await this.#saver.idle()
      stored = await this.#views.read(watch)
    } catch {
      this.#parts.platform.clock.after(storageRetryMs, () => {
        const latest = this.#wants.of(key)
        if (!this.#isStopped && latest) void this.#load(latest)
      })
      return
    }
    const latest = this.#wants.of(key)
    if (this.#isStopped || latest === undefined) return
    this.#parts.replica.load(key, stored.version, stored.rows)
    this.#take(this.#intake.want(latest))
    if (!isReachable(this.connection)) void this.#views.showLocalMatches(watch)
  }

  /** Memory lets go of it once the storage has it: what is read from there later must not be older than what was shown. [G5] */
  #unloadLeft(): void {
    if (!this.#saver.isIdle) return
    for (const key of this.#left) this.#parts.replica.unload(key)
    this.#left.clear()
  }

  #moved(): void {
    const wasReachable = this.#wasReachable
    this.#wasReachable = isReachable(this.connection)
    if (!wasReachable || this.#wasReachable) return
    for (const key of this.#wants.keys) {
      const wanted = this.#wants.of(key)
      if (wanted) void this.#views.showLocalMatches(wanted.watch)
    }
  }

  #begun(welcome: Welcome, clockOffsetMs: number): void {
    const { lastNumber } = welcome
    // Unknown there; or, after a power cut, the storage has forgotten numbers that it gave out.
    const isForgotten = lastNumber === null && this.#pusher.sentNumber > 0 && !this.#isUndecided(welcome)
    if (isForgotten || (lastNumber ?? 0) > this.#pusher.sentNumber) {
      void this.#renew()
      return
    }
    this.#clockOffsetMs = clockOffsetMs
    const taken = this.#intake.welcomed(welcome, this.#meta.incarnation)
    this.#meta = { ...this.#meta, incarnation: welcome.incarnation }
    const meta = { ...taken.delta?.meta, clockOffsetMs, schemaVersion: this.#parts.schema.version }
    this.#take({ ...taken, delta: { ...(taken.delta ?? emptyDelta), meta } })
    this.#pusher.opened({ maxFrameBytes: welcome.maxFrameBytes, clockOffsetMs, lastNumber: lastNumber ?? 0 })
  }

  /** Nothing of a replica that the workspace does not know was ever decided: it is sent again as it was. */
  #isUndecided({ incarnation }: Welcome): boolean {
    const { outbox, platform } = this.#parts
    if (this.#pusher.answeredNumber > 0 || incarnation !== this.#meta.incarnation) return false
    return wasSentLately(outbox.entries, platform.clock.now())
  }

  /** The workspace does not know this replica any more: it begins anew under another name. */
  async #renew(): Promise<void> {
    const { platform } = this.#parts
    this.#pause = 'renewing'
    this.#runner.disconnect()
    try {
      await this.#storeRenewed()
    } catch {
      // The storage refused: the next welcome says again that the replica is not known.
      await new Promise<void>(resolve => platform.clock.after(storageRetryMs, resolve))
    }
    this.#goOn()
  }

  #goOn(): void {
    this.#pause = null
    if (this.#isConnecting && !this.#isStopped) this.#runner.connect()
  }

  async #storeRenewed(): Promise<void> {
    const { storage, platform } = this.#parts
    await this.#saver.idle()
    // What waits names numbers that would be others' then.
    if (!this.#saver.isIdle) throw new TidemarkError('STORAGE_FAILED')
    const at = platform.clock.now()
    const stored = await storage.renew(randomId(platform.random), entry =>
      verdictOnRenewal(this.#parts.schema, entry, at),
    )
    this.#meta = stored.meta
    this.#pusher.renewed()
    await this.#events.renewed()
  }

  #ended(): void {
    this.#pusher.closed()
    this.#intake.ended()
    this.#parts.replica.endSession()
  }

  #delivered(message: DeliveredMessage): void {
    if (message.type === 'presence') {
      this.#events.presence(message)
      return
    }
    this.#take(this.#intake.received(message))
    if (this.#saver.isOverfull) {
      this.#pause = 'overfull'
      this.#runner.disconnect()
    }
    if (this.isCurrent) this.#caughtUpAt = this.#parts.platform.clock.now()
  }

  #take({ delta, messages }: Taken): void {
    if (delta) this.#apply(delta)
    for (const message of messages) this.#runner.send(message)
  }

  #apply(given: Delta): void {
    const { outbox, outboxRunner, replica, platform } = this.#parts
    const { changes, settled } = outbox.answered(given.answers)
    const delta = {
      ...given,
      rejections: [...given.rejections, ...rejectionsOf(settled, platform.clock.now())],
      outcomes: outcomesOf(settled),
      meta: { ...given.meta, ...this.#positionsAt(given) },
    }
    replica.apply(delta, this.#saver.nextVersion, changes)
    this.#saver.add({ ...delta, subscriptions: delta.subscriptions.map(stored => this.#withLastResult(stored)) })
    this.#events.applied(delta)
    outboxRunner.settled(settled)
    this.#pusher.answered(given.answers)
  }

  #stored({ answers }: Delta): void {
    this.#pusher.stored(answers)
    this.#unloadLeft()
    if (this.#pause === 'overfull') this.#goOn()
  }

  #withLastResult(stored: StoredSubscription): StoredSubscription {
    const wanted = this.#wants.of(stored.key)
    const lastResult = wanted && lastResultOf(this.#parts.replica.confirmed, stored.key, wanted.watch.target)
    return lastResult ? { ...stored, lastResult } : stored
  }

  /** Positions of named listeners go with the session, in the same transaction as what they are told of. */
  #positionsAt({ position }: Delta): Pick<Delta['meta'], 'extra'> {
    if (position === null) return {}
    const { names } = this.#wants
    if (names.size === 0) return {}
    this.#extra = {
      ...this.#extra,
      ...Object.fromEntries([...names].map(name => [positionKey(name), position.cursor])),
    }
    return { extra: this.#extra }
  }
}

const storageRetryMs = 5_000
