import { type Random, randomId, type SchemaModel, type SchemaTable, schemaTableOf, TidemarkError } from '@tidemark/core'
import type { Access } from './access/Access.js'
import { UserRate } from './access/UserRate.js'
import { AuthorityRunner } from './authority/AuthorityRunner.js'
import type { Bench } from './authority/decide.js'
import type { Decided, ServerTask } from './authority/Task.js'
import type { Bus } from './bus/Bus.js'
import type { Limits } from './limits.js'
import type { Log } from './log/Log.js'
import type { Metrics } from './metrics/Metrics.js'
import { NodePresence } from './presence/NodePresence.js'
import { GatewayRunner } from './session/GatewayRunner.js'
import type { AuthenticatedUser, SessionHost } from './session/SessionHost.js'
import { SessionRunner } from './session/SessionRunner.js'
import { WatchCount } from './session/WatchCount.js'
import { Flusher } from './socket/Flusher.js'
import type { Scheduler } from './socket/Scheduler.js'
import type { ServerSocket } from './socket/ServerSocket.js'
import { TimingWheel } from './socket/TimingWheel.js'
import type { Store } from './store/Store.js'

export interface NodeParts {
  readonly name: string
  readonly store: Store
  readonly bus: Bus
  readonly scheduler: Scheduler
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly limits: Limits
  readonly shardCount: number
  readonly bench: Omit<Bench, 'limits'>
  /** Throws what refuses the token. */
  readonly authenticate: (
    token: string | null,
    headers: Record<string, string | undefined>,
  ) => Promise<AuthenticatedUser>
}

const tendEveryMs = 60_000

/**
 * One node without its doors: authorities on one side, gateways on the other, the bus and the store between. It
 * knows no HTTP, no file and no clock of its own, so the simulator runs this very class.
 */
export class NodeCore implements SessionHost {
  readonly schema: SchemaModel
  readonly table: SchemaTable
  readonly access: Access
  readonly limits: Limits
  readonly store: Store
  readonly scheduler: Scheduler
  readonly log: Log
  readonly metrics: Metrics
  readonly wheel: TimingWheel
  readonly flusher: Flusher
  readonly authorities: AuthorityRunner
  readonly gateways: GatewayRunner
  readonly faultRate: UserRate
  readonly presence: NodePresence
  readonly #sessionById = new Map<string, SessionRunner>()
  readonly #resolveByTicket = new Map<number, (decided: Decided & { readonly seq: number }) => void>()
  #nextTicket = 1
  #nextView = 1
  #isDraining = false
  /** A timer that is left running would hold the process. */
  #cancelTending: () => void = () => undefined

  constructor(private readonly parts: NodeParts) {
    const { bench, limits, store, bus, scheduler, log, metrics, shardCount, name } = parts
    this.schema = bench.schema
    this.access = bench.access
    this.table = schemaTableOf(bench.schema)
    this.limits = limits
    this.store = store
    this.scheduler = scheduler
    this.log = log
    this.metrics = metrics
    this.wheel = new TimingWheel(scheduler)
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
      access: bench.access,
      limits,
      nextViewNumber: () => this.#nextView++,
      watchCount: new WatchCount(metrics),
    }
    this.presence = new NodePresence({ bus, clock: scheduler, limits, metrics })
    this.gateways = new GatewayRunner({ context, store, bus, presence: this.presence, shardCount, metrics, log })
    this.authorities = new AuthorityRunner({
      bench: { ...bench, limits },
      store,
      bus,
      scheduler,
      log,
      metrics,
      owner: { node: name, address: '', leaseMs: 0 },
      shardCount,
      events: {
        misplaced: (workspace, replica, code) => void this.gateways.misplaced(workspace, replica, code),
        resolved: (ticket, decided, seq) => {
          this.#resolveByTicket.get(ticket)?.({ ...decided, seq })
          this.#resolveByTicket.delete(ticket)
        },
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
    const { userId = 'server', idempotencyKey } = options
    const writeId = randomId(this.parts.random, 22)
    return new Promise(resolve => {
      this.#resolveByTicket.set(ticket, resolve)
      this.authorities.submit(workspace, { kind: 'server', ticket, userId, writeId, work, idempotencyKey })
    })
  }

  get isReady(): boolean {
    return !this.#isDraining
  }

  /** Sessions are sent elsewhere, what was submitted is committed, and the store is closed. */
  async stop(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    for (const session of [...this.#sessionById.values()]) session.close('DRAINING')
    await this.authorities.drained()
    this.authorities.stop()
    this.#cancelTending()
    await this.parts.bus.close()
    await this.store.close()
  }

  #tend(): void {
    const { scheduler, store, limits, log } = this.parts
    this.#cancelTending = scheduler.after(tendEveryMs, () => {
      store.tend(limits, scheduler.now()).catch(error => log.error({ error }, 'tending the store failed'))
      this.#tend()
    })
  }
}
