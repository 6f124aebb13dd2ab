import { type AnyCommand, type SchemaDef, schemaModelOf } from '@tidemark/core'
import {
  Access,
  type AuthenticatedUser,
  InProcessBus,
  type Limits,
  type Log,
  type MemoryDisk,
  memory,
  NodeCore,
  NodeWorkspace,
  noMetrics,
  type Rules,
  type Store,
} from '@tidemark/server/testing'
import type { BusHub } from '../network/BusHub.js'
import { BusLine } from '../network/BusLine.js'
import type { NodeEnd, Wire } from '../network/Wire.js'
import type { Dice } from '../world/Dice.js'
import { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'
import type { VirtualTime } from '../world/VirtualTime.js'
import type { DiskWitness } from './DiskWitness.js'
import { FaultyStore, fairStore, type StoreWeather } from './FaultyStore.js'
import { WitnessedStore } from './WitnessedStore.js'

/** What the machines of a world have in common. */
export interface NodeHostParts {
  readonly time: VirtualTime
  readonly tally: Tally
  readonly disk: MemoryDisk
  readonly witness: DiskWitness
  /** How nodes share the work; null for a node that is alone. */
  readonly cluster: { readonly hub: BusHub; readonly shardCount: number; readonly leaseMs: number } | null
  readonly limits: Limits
  readonly schema: SchemaDef
  readonly commands: readonly AnyCommand[]
  readonly rules: Rules
  /** Who a token stands for, as the app says at this moment. */
  readonly userOf: (token: string | null) => AuthenticatedUser
  /** A process is up: the app's own code starts in it. */
  readonly started: (process: Process, core: NodeCore) => void
  readonly failed: (error: unknown) => void
  /** Puts something between the disk and all else: how mutants get in. */
  readonly wrapDisk?: ((disk: Store, time: VirtualTime) => Store) | undefined
  /** The same, between the node and its store. */
  readonly wrapStore?: ((store: Store) => Store) | undefined
}

interface RunningNode {
  readonly process: Process
  readonly core: NodeCore
  readonly line: BusLine | null
}

/** A node that cannot join is started again after so long; one that does not end when it is told to is killed. */
const againMs = 200
const drainMs = 15_000

/**
 * One machine that nodes run on, a process at a time; the disk is elsewhere and stays. A paused process may come back as a
 * zombie, when the next one has long taken over.
 */
export class NodeHost {
  readonly weather: StoreWeather = { ...fairStore }
  /** The next commit is the last thing that the process does: nobody hears of it. */
  diesAfterCommit = false
  #running: RunningNode | null = null
  #booting: Process | null = null
  #zombie: RunningNode | null = null
  #count = 0
  #lateUntilMs = 0

  constructor(
    readonly name: string,
    private readonly dice: Dice,
    private readonly parts: NodeHostParts,
  ) {}

  /** Something runs here, if only since a moment ago. */
  get isOn(): boolean {
    return this.#running !== null || this.#booting !== null
  }

  get process(): Process | null {
    return this.#running?.process ?? null
  }

  get core(): NodeCore | null {
    return this.#running?.core ?? null
  }

  get line(): BusLine | null {
    return this.#running?.line ?? null
  }

  /** It stood still, or was cut off, a moment ago: it may not have heard of what is committed. */
  get isLate(): boolean {
    return this.parts.time.nowMs < this.#lateUntilMs || this.line?.isConnected === false || this.weather.failing > 0
  }

  lateFor(ms: number): void {
    this.#lateUntilMs = Math.max(this.#lateUntilMs, this.parts.time.nowMs + ms)
  }

  /** Server code's hands in the workspace, while a node runs. */
  workspace(name: string): NodeWorkspace | null {
    return this.#running === null ? null : new NodeWorkspace(this.#running.core, name)
  }

  async start(): Promise<void> {
    if (this.isOn) return
    const process = new Process(this.parts.time)
    this.#booting = process
    const { core, line } = await this.#boot(process)
    try {
      if (line !== null) await core.cluster.join()
    } catch {
      process.kill()
    }
    if (this.#booting !== process) return
    this.#booting = null
    if (process.isAlive) {
      this.#running = { process, core, line }
      this.parts.started(process, core)
    } else this.parts.time.after(againMs, () => void this.start())
  }

  /** Power off: what was not committed is gone, with every connection. */
  crash(): void {
    this.#booting?.kill()
    this.#booting = null
    this.#running?.process.kill()
    this.#running = null
  }

  /** The process stands still; its connections stay, and nothing comes. */
  pause(): void {
    this.#running?.process.pause()
  }

  resume(): void {
    if (this.#running?.process.isPaused) this.lateFor(this.parts.cluster === null ? 500 : 2_000)
    this.#running?.process.resume()
  }

  /** The paused process is given up for dead, and is not. */
  abandon(): void {
    if (this.#zombie !== null) this.#zombie.process.kill()
    this.#zombie = this.#running
    this.#running = null
  }

  /** The abandoned process goes on where it stood, beside its successor, for a while. */
  wakeZombie(forMs: number): void {
    const zombie = this.#zombie
    if (zombie === null) return
    zombie.process.resume()
    this.parts.time.after(forMs, () => {
      zombie.process.kill()
      if (this.#zombie === zombie) this.#zombie = null
    })
  }

  /** Drained and stopped as for a deployment. */
  async stop(): Promise<void> {
    const running = this.#running
    if (running === null) return
    this.#running = null
    this.parts.time.after(drainMs, () => running.process.kill())
    await running.core.stop()
    running.process.kill()
  }

  /** A client dials. */
  accept(wire: Wire, headers: Record<string, string | undefined>): void {
    const running = this.#running
    if (running === null) return wire.refuse()
    wire.connect((socket): NodeEnd => running.core.connected(socket, headers))
  }

  async #boot(process: Process): Promise<Pick<RunningNode, 'core' | 'line'>> {
    const { time, tally, cluster, limits, rules, witness, failed } = this.parts
    const { dice, weather } = this
    const model = schemaModelOf(this.parts.schema)
    // Leases and the ages of changes go by the clock of the disk, not of the node.
    const disk = await memory(this.parts.disk, {
      clock: { now: () => time.nowMs },
      random: dice,
    }).open(model)
    const witnessed = new WitnessedStore(this.parts.wrapDisk?.(disk, time) ?? disk, witness, failed)
    const faulty = new FaultyStore(witnessed, process, dice, weather, tally, () => this.#hasCommitted(process))
    const line = cluster === null ? null : new BusLine(cluster.hub, process)
    const core = new NodeCore({
      name: `${this.name}${++this.#count}`,
      store: this.parts.wrapStore?.(faulty) ?? faulty,
      bus: line ?? new InProcessBus(),
      scheduler: process,
      random: dice,
      log: logOf(tally, failed),
      metrics: {
        ...noMetrics,
        count: (name, labels, by) => {
          if (name === 'queueOverflows') tally.count('path: dirty set')
          if (name === 'headsMissed') tally.count('path: heads missed')
          if (name === 'catchUpParts') tally.count(`path: caught up by ${labels?.way}`, by)
        },
      },
      limits,
      shardCount: cluster?.shardCount ?? 1,
      leaseMs: cluster?.leaseMs ?? 0,
      bench: {
        schema: model,
        access: new Access(model, rules),
        commandByName: new Map(this.parts.commands.map(command => [command.name, command])),
      },
      authenticate: token => process.later(dice.int(0, 3), 0, async () => this.parts.userOf(token)),
    })
    return { core, line }
  }

  #hasCommitted(process: Process): void {
    if (!this.diesAfterCommit || process !== this.process) return
    this.diesAfterCommit = false
    this.parts.tally.count('path: died after its commit')
    this.crash()
  }
}

/** Errors that the node expects in a world of faults are counted; a failed session is a failed run. */
function logOf(tally: Tally, failed: (error: unknown) => void): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn: (_fields, message) => tally.count(`warned: ${message}`),
    error: (fields, message) => {
      tally.count(`logged: ${message}`)
      if (message === 'a session failed') failed(fields.error)
    },
    child: () => log,
  }
  return log
}
