import {
  type ClientSocket,
  MemoryStorage,
  type ReplicaBatch,
  ReplicaMemory,
  type ReplicaStorage,
  type SocketEvents,
} from '@tidemark/client/testing'
import type { StorageWitness } from '../check/StorageWitness.js'
import { Dice } from '../world/Dice.js'
import { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'
import type { VirtualTime } from '../world/VirtualTime.js'
import { fairStorage, faultyStorage, type StorageWeather } from './FaultyStorage.js'
import { TabHub } from './TabHub.js'

export interface DeviceParts {
  readonly time: VirtualTime
  readonly seed: number
  readonly name: string
  readonly userId: string
  /** Runs the schema before the node's. */
  readonly isOld: boolean
  readonly tally: Tally
  readonly witness: StorageWitness
  /** Connects a process of this device to the node. */
  dial(device: Device, process: Process, events: SocketEvents): ClientSocket
  /** Puts something between a tab and its storage: how mutants get in. */
  readonly wrapStorage?: ((storage: ReplicaStorage, process: Process) => ReplicaStorage) | undefined
}

/** A browser of a user: what it stores outlives its tabs. */
export class Device {
  readonly memory = new ReplicaMemory()
  readonly weather: StorageWeather = { ...fairStorage }
  readonly hub = new TabHub()
  /** The tab that stores the next answer does not live to tell. */
  diesWithAnswer = false
  readonly #dice: Dice
  #clockErrorMs = 0
  #leaptMs = 0
  readonly #processes = new Set<Process>()
  #tabs = 0

  constructor(readonly parts: DeviceParts) {
    this.#dice = new Dice(parts.seed, parts.name)
  }

  get name(): string {
    return this.parts.name
  }

  get userId(): string {
    return this.parts.userId
  }

  get clockErrorMs(): number {
    return this.#clockErrorMs
  }

  /** Someone sets the clock. */
  set clockErrorMs(ms: number) {
    this.#clockErrorMs = ms
    this.#tellTime()
  }

  /** Its clock goes on by a long time in which nothing else happens. */
  leap(ms: number): void {
    this.#leaptMs += ms
    this.#tellTime()
  }

  /** A new tab's process. */
  newProcess(): Process {
    const process = new Process(this.parts.time, this.#clockErrorMs + this.#leaptMs)
    this.#processes.add(process)
    process.ended(() => this.#processes.delete(process))
    return process
  }

  /** Chance of one tab, apart from everyone's. */
  newDice(): Dice {
    return new Dice(this.parts.seed, `${this.name}.${++this.#tabs}`)
  }

  storage(process: Process, dice: Dice): ReplicaStorage {
    const { tally, witness, wrapStorage } = this.parts
    const plain = new MemoryStorage(dice, this.memory)
    const faulty = faultyStorage(plain, {
      process,
      dice: this.#dice,
      weather: this.weather,
      tally,
      done: (verb, given, result) => {
        witness.done(this, verb, given, result)
        if (!this.diesWithAnswer || verb !== 'apply' || (given[0] as ReplicaBatch).settled.length === 0) return
        this.diesWithAnswer = false
        tally.count('path: died with an answer stored and not told')
        process.kill()
      },
    })
    return wrapStorage?.(faulty, process) ?? faulty
  }

  /** The browser clears what it keeps for the site. All of its tabs are gone by then. */
  evict(): void {
    this.memory.clear()
    this.parts.witness.evicted(this)
  }

  #tellTime(): void {
    for (const process of this.#processes) process.clockErrorMs = this.#clockErrorMs + this.#leaptMs
  }
}
