import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../../sim/world/Dice.js'
import type { Faults } from '../Faults.js'
import { inTime } from '../inTime.js'
import type { StoreReading } from '../StoreReading.js'
import { stocks } from '../schema.js'
import { judge } from './judge.js'
import { Ledger } from './Ledger.js'
import { type ReplicaReading, readReplica } from './ReplicaReading.js'
import { Writer } from './Writer.js'

const settleMs = 60_000
/** Who has more unsent than this waits: nobody types on for ever while nothing comes back. */
const mostPending = 300

export interface TeamParts {
  readonly workspace: string
  readonly seed: number
  /** Where each of them connects. The storage of the first outlives its client. */
  readonly urlByUser: Readonly<Record<string, string>>
  /** From one thing that one of them does to the next. */
  readonly paceMs: readonly [least: number, most: number]
}

/** Users who write in one workspace together, and what they were told. */
export class Team {
  readonly ledger = new Ledger()
  readonly writers: readonly Writer[]
  readonly #pace: Dice
  readonly #end = new AbortController()
  #work: Promise<unknown> = Promise.resolve()

  constructor(private readonly parts: TeamParts) {
    const { workspace, seed, urlByUser } = parts
    this.#pace = new Dice(seed, `pace of ${workspace}`)
    this.writers = Object.entries(urlByUser).map(([userId, url], index) => {
      const dice = new Dice(seed, `${userId} of ${workspace}`)
      return new Writer(userId, { url, workspace }, index === 0 ? 'indexeddb' : 'memory', dice, this.ledger)
    })
  }

  get workspace(): string {
    return this.parts.workspace
  }

  /** The one who can reload. */
  get first(): Writer {
    return this.writers[0] as Writer
  }

  /** What all write to is there, and all begin. */
  async begin(): Promise<void> {
    await this.first.client.insert(stocks, { id: 'beer', name: 'beer' }).outcome
    for (let n = 0; n < 5; n++) this.first.insert()
    this.#work = Promise.all(this.writers.map(writer => this.#keepWriting(writer)))
    this.#work.catch(() => undefined) // told where it is awaited
  }

  /** Some press the button, the others come by themselves when they have waited long enough. */
  someReconnect(): void {
    for (const writer of this.writers) if (this.#pace.chance(0.5)) writer.reconnect()
  }

  /** What is written now stands nowhere but in the storage of the one who reloads. */
  async writeAndReload(): Promise<void> {
    for (let n = 0; n < 10; n++) this.first.act()
    await this.first.reload()
  }

  /** Nobody writes any more, and everybody waits for what is under way. */
  async settled(faults: Faults): Promise<void> {
    this.#end.abort()
    await this.#work
    for (const writer of this.writers) writer.reconnect()
    const isSettled = await Promise.all(
      this.writers.map(({ client }) =>
        inTime(
          client.settled().then(() => true),
          settleMs,
        ),
      ),
    )
    for (const [index, { client, userId }] of this.writers.entries()) {
      if (isSettled[index]) continue
      const { connection, pending } = client.status.getSnapshot()
      faults.add('L1', `${userId} of ${this.workspace} does not settle: ${connection}, ${pending} pending`)
    }
  }

  /** What each of them shows. */
  async read(faults: Faults): Promise<readonly ReplicaReading[]> {
    const noteIds = new Set(this.ledger.typed.map(({ id }) => id))
    const replicas = await Promise.all(this.writers.map(writer => inTime(readReplica(writer, noteIds), settleMs)))
    return replicas.filter((replica, index) => {
      const { userId } = this.writers[index] as Writer
      if (replica === undefined) faults.add('L1', `${userId} of ${this.workspace} does not get all that it shows`)
      return replica !== undefined
    }) as ReplicaReading[]
  }

  /** Whether what is stored is what each of them was told and shows. */
  judge(store: StoreReading, replicas: readonly ReplicaReading[], faults: Faults): void {
    judge(this.ledger, store, replicas, faults)
  }

  async close(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.writers.map(writer => writer.close()))
  }

  async #keepWriting(writer: Writer): Promise<void> {
    const [least, most] = this.parts.paceMs
    while (!this.#end.signal.aborted) {
      if (writer.client.status.getSnapshot().pending < mostPending) writer.act()
      await sleep(this.#pace.int(least, most))
    }
  }
}
