import { type AnyCommand, type SchemaDef, schemaModelOf } from '@tidemark/core'
import {
  Access,
  type AuthenticatedUser,
  InProcessBus,
  type Limits,
  type Log,
  MemoryDisk,
  memory,
  NodeCore,
  NodeWorkspace,
  noMetrics,
  type Rules,
  type Store,
} from '@tidemark/server/testing'
import type { NodeEnd, Wire } from '../network/Wire.js'
import type { Dice } from '../world/Dice.js'
import { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'
import type { VirtualTime } from '../world/VirtualTime.js'
import { FaultyStore, fairStore, type StoreWeather } from './FaultyStore.js'
import type { History } from './History.js'
import { WitnessedStore } from './WitnessedStore.js'

export interface NodeHostParts {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly tally: Tally
  readonly history: History
  readonly limits: Limits
  readonly schema: SchemaDef
  readonly commands: readonly AnyCommand[]
  readonly rules: Rules
  /** Who a token stands for, as the app says at this moment. */
  readonly userOf: (token: string | null) => AuthenticatedUser
  readonly failed: (error: unknown) => void
  /** Puts something between the disk and all else: how mutants get in. */
  readonly wrapDisk?: ((disk: Store) => Store) | undefined
  /** The same, between the node and its store. */
  readonly wrapStore?: ((store: Store) => Store) | undefined
}

interface RunningNode {
  readonly process: Process
  readonly core: NodeCore
}

/**
 * The one machine that nodes run on: a disk that stays, a process at a time. A paused process may come back as a zombie,
 * when the next one has long taken over.
 */
export class NodeHost {
  readonly weather: StoreWeather = { ...fairStore }
  readonly #disk = new MemoryDisk()
  #running: RunningNode | null = null
  #zombie: RunningNode | null = null
  #count = 0

  constructor(private readonly parts: NodeHostParts) {}

  get isRunning(): boolean {
    return this.#running !== null
  }

  get process(): Process | null {
    return this.#running?.process ?? null
  }

  get core(): NodeCore | null {
    return this.#running?.core ?? null
  }

  get disk(): MemoryDisk {
    return this.#disk
  }

  /** Server code's hands in the workspace, while a node runs. */
  workspace(name: string): NodeWorkspace | null {
    return this.#running === null ? null : new NodeWorkspace(this.#running.core, name)
  }

  async start(): Promise<void> {
    const { time, dice, tally, history, limits, rules, failed } = this.parts
    const process = new Process(time)
    const clock = { now: () => process.now() }
    const model = schemaModelOf(this.parts.schema)
    const disk = await memory(this.#disk, { clock, random: dice }).open(model)
    const witnessed = new WitnessedStore(this.parts.wrapDisk?.(disk) ?? disk, history, failed)
    const faulty = new FaultyStore(witnessed, process, dice, this.weather, tally)
    const core = new NodeCore({
      name: `node${++this.#count}`,
      store: this.parts.wrapStore?.(faulty) ?? faulty,
      bus: new InProcessBus(),
      scheduler: process,
      random: dice,
      log: logOf(tally, failed),
      metrics: {
        ...noMetrics,
        count: (name, labels, by) => {
          if (name === 'queueOverflows') tally.count('path: dirty set')
          if (name === 'catchUpParts') tally.count(`path: caught up by ${labels?.way}`, by)
        },
      },
      limits,
      shardCount: 1,
      bench: {
        schema: model,
        access: new Access(model, rules),
        commandByName: new Map(this.parts.commands.map(command => [command.name, command])),
      },
      authenticate: token => process.later(dice.int(0, 3), 0, async () => this.parts.userOf(token)),
    })
    this.#running = { process, core }
  }

  /** Power off: what was not committed is gone, with every connection. */
  crash(): void {
    this.#running?.process.kill()
    this.#running = null
  }

  /** The process stands still; its connections stay, and nothing comes. */
  pause(): void {
    this.#running?.process.pause()
  }

  resume(): void {
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
    await running.core.stop()
    running.process.kill()
  }

  /** A client dials. */
  accept(wire: Wire, headers: Record<string, string | undefined>): void {
    const running = this.#running
    if (running === null) return wire.refuse()
    wire.connect((socket): NodeEnd => running.core.connected(socket, headers))
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
