import { type Random, randomId, type SchemaModel, type SchemaTable, schemaTableOf, TidemarkError } from '@tidemark/core'
import type { Access } from './access/Access.js'
import { UserRate } from './access/UserRate.js'
import { AuthorityRunner } from './authority/AuthorityRunner.js'
import type { Bench } from './authority/decide.js'
import type { Decided, ReplicaTask, ServerTask, Task } from './authority/Task.js'
import type { Bus } from './bus/Bus.js'
import { Cluster } from './cluster/Cluster.js'
import { Placement } from './cluster/Placement.js'
import type { Limits } from './limits.js'
import type { Log } from './log/Log.js'
import type { Metrics } from './metrics/Metrics.js'
import { NodePresence } from './presence/NodePresence.js'
import { GatewayRunner } from './session/GatewayRunner.js'
import type { AuthenticatedUser, SessionHost } from './session/SessionHost.js'
import { SessionRunner } from './session/SessionRunner.js'
import { ViewDescriptions } from './session/ViewDescriptions.js'
import { WatchCount } from './session/WatchCount.js'
import { Arrivals } from './socket/Arrivals.js'
import { Flusher } from './socket/Flusher.js'
import type { Scheduler } from './socket/Scheduler.js'
import type { ServerSocket } from './socket/ServerSocket.js'
import { TimingWheel } from './socket/TimingWheel.js'
import type { Store } from './store/Store.js'

export interface NodeParts {
  /** Its own: another process that is started in its place has another. */
  readonly name: string
  /** What people call it. */
  readonly label?: string
  readonly store: Store
  readonly bus: Bus
  readonly scheduler: Scheduler
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly limits: Limits
  /** How many shards its workspaces are spread over; the same on all nodes of a store. */
  readonly shardCount: number
  /** How long its shards stay its own after it was last heard of, ms. */
  readonly leaseMs?: number
  /** Where it can be reached; for people. */
  readonly address?: string
  readonly bench: Omit<Bench, 'limits'>
  /** Throws what refuses the token. */
  readonly authenticate: (
    token: string | null,
    headers: Record<string, string | undefined>,
  ) => Promise<AuthenticatedUser>
}

const tendEveryMs = 60_000
const drainWaves = 20

/**
 * One node without its doors: authorities on one side, gateways on the other, the bus and the store between. It
 * knows no HTTP, no file and no clock of its own, so the simulator runs this very class.
 */
export class NodeCore implements SessionHost {
  readonly label: string
  readonly schema: SchemaModel
  readonly table: SchemaTable
  readonly access: Access
  readonly limits: Limits
  readonly store: Store
  readonly scheduler: Scheduler
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly wheel: TimingWheel
  readonly flusher: Flusher
  readonly authorities: AuthorityRunner
  readonly gateways: GatewayRunner
  readonly cluster: Cluster
  readonly placement: Placement
  readonly faultRate: UserRate
  readonly arrivals: Arrivals
  readonly presence: NodePresence
  readonly #sessionById = new Map<string, SessionRunner>()
  readonly #resolveByTicket = new Map<number, (decided: Decided & { readonly seq: number }) => void>()
  readonly #movedListeners = new Set<() => void>()
  #nextTicket = 1
  #nextView = 1
  #isDraining = false
  /** A timer that is left running would hold the process. */
  #cancelTending: () => void = () => undefined

  constructor(private readonly parts: NodeParts) {
    const { bench, limits, store, bus, scheduler, log, metrics, shardCount, name, leaseMs = 0, address = '' } = parts
    const owner = { node: name, address, leaseMs }
    this.placement = new Placement(name, shardCount)
    this.label = parts.label ?? ''
    this.schema = bench.schema
    this.access = bench.access
    this.table = schemaTableOf(bench.schema)
    this.limits = limits
    this.store = store
    this.scheduler = scheduler
    this.random = parts.random
    this.log = log
    this.metrics = metrics
    this.wheel = new TimingWheel(scheduler)
    this.arrivals = new Arrivals(scheduler, limits.waitingCatchUps)
    this.faultRate = new UserRate(limits.faultsPerMinute / 60, limits.faultsPerMinute)
    this.flusher = new Flusher(scheduler, {
      wheel: this.wheel,
      metrics,
      maxQueuedBytes: limits.queuedBytesPerSession,
      failed: error => log.error({ error }, 'a session failed'),
    })
    const context = {
      schema: bench.schema,
      table: this.table,
      views: new ViewDescriptions(bench.access),
      limits,
      nextViewNumber: () => this.#nextView++,
      watchCount: new WatchCount(metrics),
    }
    this.presence = new NodePresence({ bus, clock: scheduler, limits, metrics })
    this.gateways = new GatewayRunner({
      context,
      store,
      bus,
      presence: this.presence,
      shardCount,
      metrics,
      log,
      arrivals: this.arrivals,
      answers: {
        answered: (workspace, replica, number) => this.cluster.answered(workspace, replica, number),
        forgotten: (workspace, replica) => this.cluster.forgotten(workspace, replica),
      },
    })
    this.cluster = new Cluster({
      owner,
      placement: this.placement,
      store,
      bus,
      scheduler,
      log,
      metrics,
      events: {
        decide: (workspace, task) => this.#decide(workspace, task),
        resolved: (ticket, decided, seq) => this.#resolved(ticket, decided, seq),
        misplaced: (workspace, replica, code) => void this.gateways.misplaced(workspace, replica, code),
        moved: () => {
          void this.authorities.placementChanged()
          for (const moved of [...this.#movedListeners]) moved()
        },
        overstayed: claims => void this.authorities.giveUp(claims),
        isFull: workspace => this.authorities.waitingCount(workspace) >= limits.waitingMutations,
        watched: () => this.gateways.watched,
        positionOf: workspace => this.gateways.positionOf(workspace),
        missing: (workspace, head) => this.gateways.missing(workspace, head),
      },
    })
    this.authorities = new AuthorityRunner({
      bench: { ...bench, limits },
      store,
      bus,
      scheduler,
      log,
      metrics,
      owner,
      placement: this.placement,
      events: {
        misplaced: (workspace, replica, code) => {
          // Its sessions may have come here from the node that forwarded it before.
          this.cluster.misplaced(workspace, replica, code)
          void this.gateways.misplaced(workspace, replica, code)
        },
        resolved: (ticket, decided, seq) => this.#resolved(ticket, decided, seq),
        committed: (workspace, head) => this.cluster.committed(workspace, head),
        published: envelope => this.gateways.committedHere(envelope),
        displaced: (workspace, tasks) =>
          this.cluster.displaced(
            workspace,
            tasks.filter(task => task.kind === 'replica' || task.origin === undefined),
          ),
      },
    })
    this.#tend()
  }

  authenticate(token: string | null, headers: Record<string, string | undefined>): Promise<AuthenticatedUser> {
    return this.parts.authenticate(token, headers)
  }

  /** A client connected. Its frames and its end are handed to the runner that comes back. */
  connected(socket: ServerSocket, headers: Record<string, string | undefined>): SessionRunner {
    const id = randomId(this.parts.random)
    const session = new SessionRunner(id, this, socket, headers)
    this.#sessionById.set(id, session)
    this.metrics.count('sessionsOpened')
    this.metrics.gauge('sessions', this.#sessionById.size, { kind: 'native' })
    if (this.#isDraining) session.close('DRAINING')
    return session
  }

  sessionEnded(id: string): void {
    this.#sessionById.delete(id)
    this.metrics.gauge('sessions', this.#sessionById.size, { kind: 'native' })
  }

  /** Server code's own mutation; resolves when it is decided and committed. */
  async ask(
    workspace: string,
    work: ServerTask['work'],
    options: { readonly userId?: string | undefined; readonly idempotencyKey?: string | undefined } = {},
  ): Promise<Decided & { readonly seq: number }> {
    if (this.#isDraining) throw new TidemarkError('CLOSED', 'The node is being stopped.')
    const ticket = this.#nextTicket++
    const writeId = randomId(this.parts.random, 22)
    const { userId = 'server', idempotencyKey } = options
    return new Promise(resolve => {
      this.#resolveByTicket.set(ticket, resolve)
      this.cluster.submit(workspace, { kind: 'server', ticket, userId, writeId, work, idempotencyKey })
    })
  }

  /** Asks the workspace's authority, here or at another node. */
  submit(workspace: string, task: ReplicaTask): void {
    this.cluster.submit(workspace, task)
  }

  /** Mutations of a workspace that wait to be decided. */
  waitingCount(workspace: string): number {
    return this.authorities.waitingCount(workspace) + this.cluster.waitingCount(workspace)
  }

  /** Told when workspaces may be decided at other nodes than before. */
  whenMoved(moved: () => void): () => void {
    this.#movedListeners.add(moved)
    return () => this.#movedListeners.delete(moved)
  }

  /** Whether the workspace's changes are decided at this node. */
  isOwn(workspace: string): boolean {
    return this.placement.ownerOfWorkspace(workspace) === this.placement.self
  }

  #decide(workspace: string, task: Task): void {
    if (task.kind === 'replica' || task.origin === undefined) {
      this.authorities.submit(workspace, task)
      return
    }
    const { origin, ticket } = task
    const own = this.#nextTicket++
    this.#resolveByTicket.set(own, ({ seq, ...decided }) =>
      this.cluster.resolvedFor(origin, workspace, ticket, decided, seq),
    )
    this.authorities.submit(workspace, { ...task, ticket: own })
  }

  #resolved(ticket: number, decided: Decided, seq: number): void {
    this.#resolveByTicket.get(ticket)?.({ ...decided, seq })
    this.#resolveByTicket.delete(ticket)
  }

  /** What its authorities decide by. */
  get bench(): Bench {
    return { ...this.parts.bench, limits: this.limits }
  }

  get isReady(): boolean {
    return !this.#isDraining
  }

  /** One of a cluster knows it from renewing its lease: asked often, it asks nobody. */
  async reachesStore(): Promise<boolean> {
    if (this.cluster.isJoined) return !this.cluster.isCutOff
    try {
      await this.store.read('', {})
      return true
    } catch (error) {
      this.log.warn({ error }, 'the store does not answer')
      return false
    }
  }

  /** Sessions are sent elsewhere, what was submitted is committed, and the store is closed. */
  async stop(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    this.cluster.leaving()
    await this.#sendAway()
    await this.authorities.drained()
    await this.authorities.placementChanged()
    this.authorities.stop()
    await this.cluster.leave()
    this.#cancelTending()
    await this.parts.bus.close()
    await this.store.close()
  }

  /** Who can go elsewhere goes in waves, so that nobody there is overrun. */
  async #sendAway(): Promise<void> {
    const { scheduler, limits } = this.parts
    const isAlone = this.placement.nodes.includes(this.placement.self)
    const waves = isAlone ? 1 : drainWaves
    for (let left = waves; left > 0; left--) {
      const sessions = [...this.#sessionById.values()]
      if (sessions.length === 0) return
      for (const session of sessions.slice(0, Math.ceil(sessions.length / left))) session.close('DRAINING')
      if (left > 1) await new Promise<void>(resolve => scheduler.after(limits.drainMs / waves, resolve))
    }
  }

  #tend(): void {
    const { scheduler, store, limits, log } = this.parts
    this.#cancelTending = scheduler.after(tendEveryMs, () => {
      store.tend(limits, scheduler.now()).catch(error => log.error({ error }, 'tending the store failed'))
      this.#tend()
    })
  }
}
