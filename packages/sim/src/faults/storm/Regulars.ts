import { setTimeout as sleep } from 'node:timers/promises'
import type { RowValues } from '@tidemark/core'
import { notes } from '../schema.js'
import { LightClient } from './LightClient.js'
import type { Place } from './rooms.js'

/** Of each. */
const writesPerSecond = 2
const tickMs = 5

/** That somebody was told of a write, and how long after it was due. */
interface Delivery {
  readonly dueAt: number
  readonly delayMs: number
}

/** Clients who stay where they are, count up a note each at a steady pace, and are told of the others' of their room. */
export class Regulars {
  readonly #members: readonly Member[]
  readonly #deliveries: Delivery[] = []
  #isWriting = false
  #work: Promise<void> = Promise.resolve()

  constructor(count: number, rooms: readonly string[], urls: readonly string[]) {
    this.#members = Array.from({ length: count }, (_, n) => {
      const place = { room: rooms[n % rooms.length] as string, status: 'todo' } as const
      // Those of one room are at different nodes.
      const url = urls[Math.floor(n / rooms.length) % urls.length] as string
      return new Member(`regular-${n}`, place, url, (id, { rank }, told) => this.#told(id, Number(rank), told))
    })
  }

  get clients(): readonly LightClient[] {
    return this.#members.map(({ client }) => client)
  }

  async start(): Promise<void> {
    await Promise.all(this.#members.map(member => member.begin()))
    this.#isWriting = true
    this.#work = this.#write()
  }

  /** Resolves when all that was written is accepted. */
  async stop(): Promise<void> {
    this.#isWriting = false
    await this.#work
  }

  /** How long after it was due each delivery came of what was due in a span, by `performance.now()`. */
  delays(from: number, to: number): readonly number[] {
    return this.#deliveries.filter(({ dueAt }) => dueAt >= from && dueAt < to).map(({ delayMs }) => delayMs)
  }

  close(): void {
    for (const { client } of this.#members) client.close()
  }

  /** In turns, each when it is due, whether what was before is answered or not. */
  async #write(): Promise<void> {
    const everyMs = 1000 / (writesPerSecond * this.#members.length)
    const writes: Promise<void>[] = []
    const startedAt = performance.now()
    while (this.#isWriting) {
      const lastDueAt = performance.now()
      for (;;) {
        const dueAt = startedAt + writes.length * everyMs
        if (dueAt > lastDueAt) break
        writes.push((this.#members[writes.length % this.#members.length] as Member).countUp(dueAt))
      }
      await sleep(tickMs)
    }
    await Promise.all(writes)
  }

  /** Of a count that somebody is told all that came before it are told, too. */
  #told(noteId: string, count: number, told: Map<string, number>): void {
    const writer = this.#members.find(({ noteId: id }) => id === noteId)
    if (writer === undefined) return
    const now = performance.now()
    for (let next = (told.get(noteId) ?? 0) + 1; next <= count; next++) {
      const dueAt = writer.dueAts[next - 1] ?? now
      this.#deliveries.push({ dueAt, delayMs: now - dueAt })
    }
    told.set(noteId, Math.max(count, told.get(noteId) ?? 0))
  }
}

class Member {
  readonly client: LightClient
  /** When each of its counts was due. */
  readonly dueAts: number[] = []
  #hasCome!: () => void
  readonly #came = new Promise<void>(resolve => {
    this.#hasCome = resolve
  })

  constructor(
    readonly noteId: string,
    place: Place,
    url: string,
    heard: (id: string, values: RowValues, told: Map<string, number>) => void,
  ) {
    const told = new Map<string, number>()
    this.client = new LightClient(place, () => url, {
      caughtUp: () => this.#hasCome(),
      told: (id, values) => heard(id, values, told),
    })
  }

  async begin(): Promise<void> {
    await this.#came
    const values = { title: this.noteId, status: 'todo', rank: 0 }
    await this.client.write({ op: 'insert', collection: notes.name, id: this.noteId, values })
  }

  countUp(dueAt: number): Promise<void> {
    const rank = this.dueAts.push(dueAt)
    return this.client.write({ op: 'update', collection: notes.name, id: this.noteId, patch: { rank } })
  }
}
