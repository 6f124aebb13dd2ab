import { type Chunk, type Envelope, encodeChangesHead, encodeChunk, type SchemaTable } from '@tidemark/core'
import { joinFrames } from '../socket/JoinCache.js'
import type { GatewaySession, Watch } from './GatewaySession.js'

/**
 * Collects what each session is told of one envelope and makes the frames. A chunk is encoded once, a frame once
 * for all sessions that are told the same. [A16]
 */
export class Fanout {
  readonly #chunks: Uint8Array[] = []
  readonly #numberByName = new Map<string, number>()
  readonly #toldBySession = new Map<GatewaySession, number[]>()
  readonly #frameByKey = new Map<string, Uint8Array>()
  /** Messages that must come with the envelope's, in one frame: the client takes them at once. */
  readonly #before = new Map<GatewaySession, Uint8Array[]>()
  readonly #after = new Map<GatewaySession, Uint8Array[]>()
  /** Watches whose window or body needs another look after this envelope. */
  readonly #moved = new Set<Watch>()
  readonly #lostSight = new Set<GatewaySession>()

  constructor(
    private readonly envelope: Envelope,
    private readonly table: SchemaTable,
  ) {}

  /** A chunk's number here; `make` is called the first time this name comes up. */
  chunk(name: string, make: () => Chunk): number {
    let number = this.#numberByName.get(name)
    if (number === undefined) {
      number = this.#chunks.length
      this.#chunks.push(encodeChunk(this.table, this.envelope.from, make()))
      this.#numberByName.set(name, number)
    }
    return number
  }

  /** A chunk for one session only. */
  private(chunk: Chunk): number {
    return this.#chunks.push(encodeChunk(this.table, this.envelope.from, chunk)) - 1
  }

  tell(session: GatewaySession, chunk: number): void {
    pushTo(this.#toldBySession, session, chunk)
  }

  tellBefore(session: GatewaySession, message: Uint8Array): void {
    pushTo(this.#before, session, message)
  }

  tellAfter(session: GatewaySession, message: Uint8Array): void {
    pushTo(this.#after, session, message)
  }

  /** The window of a watch holds one more or less. */
  countMoved(watch: Watch): void {
    this.#moved.add(watch)
  }

  /** A record came into sight whose body has to be read. */
  comesIntoSight(watch: Watch): void {
    watch.lacks(null)
    this.#moved.add(watch)
  }

  /** A record that a watch is about went out of sight. */
  goesOutOfSight({ session }: Watch): void {
    this.#lostSight.add(session)
  }

  /** The session is told nothing of this envelope. */
  drop(session: GatewaySession): void {
    this.#toldBySession.delete(session)
  }

  get moved(): Iterable<Watch> {
    return this.#moved
  }

  /** Sessions that have less in sight after this envelope, or had in between. */
  get lostSight(): Iterable<GatewaySession> {
    return this.#lostSight
  }

  /** One frame for each session that is told something. */
  *frames(): Iterable<readonly [GatewaySession, Uint8Array]> {
    for (const [session, told] of this.#toldBySession) {
      if (!this.#before.has(session) && !this.#after.has(session)) yield [session, this.#frame(told)]
    }
    for (const session of new Set([...this.#before.keys(), ...this.#after.keys()])) {
      const told = this.#toldBySession.get(session)
      const changes = told === undefined ? [] : [this.#frame(told)]
      yield [
        session,
        joinFrames([...(this.#before.get(session) ?? []), ...changes, ...(this.#after.get(session) ?? [])]),
      ]
    }
  }

  #frame(told: readonly number[]): Uint8Array {
    const { epoch, from, to } = this.envelope
    const key = told.join()
    let frame = this.#frameByKey.get(key)
    if (frame === undefined) {
      const head = encodeChangesHead(epoch, from, to, told.length)
      frame = joinFrames([head, ...told.map(number => this.#chunks[number] as Uint8Array)])
      this.#frameByKey.set(key, frame)
    }
    return frame
  }
}

function pushTo<T>(listBySession: Map<GatewaySession, T[]>, session: GatewaySession, item: T): void {
  const list = listBySession.get(session)
  if (list === undefined) listBySession.set(session, [item])
  else list.push(item)
}
