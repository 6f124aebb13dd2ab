import type { Chunk, RowValues } from '@tidemark/core'
import type { RowEvent } from './Delta.js'
import { rowKeyOf } from './RowRef.js'

type RowChunk = Extract<Chunk, { kind: 'row' | 'patch' }>
type Who = Pick<RowEvent, 'seq' | 'by' | 'at'>

/**
 * Tells the chunks of a message as steps of rows, seen by each subscription that somebody listens to. A row comes before
 * its enters and leaves, so what was first an update may turn out to be a leave, and a leave a removal.
 */
export class EventLog {
  readonly #events: RowEvent[] = []
  readonly #isHeard: (key: string) => boolean
  /** The latest chunk of a record in this message. */
  readonly #lastByRef = new Map<string, Who & { readonly isInsert: boolean; readonly before: RowValues | undefined }>()

  constructor(isHeard: (key: string) => boolean) {
    this.#isHeard = isHeard
  }

  get events(): readonly RowEvent[] {
    return this.#events
  }

  changed(
    ref: string,
    chunk: RowChunk,
    before: RowValues | undefined,
    after: RowValues | undefined,
    views: Iterable<string>,
  ): void {
    const who = { seq: chunk.seq, by: String(chunk.values.$updatedBy), at: Number(chunk.values.$updatedAt) }
    this.#lastByRef.set(ref, { ...who, isInsert: chunk.kind === 'row' && chunk.isInsert, before })
    const fields = Object.keys(chunk.values).filter(field => !field.startsWith('$'))
    if (before !== undefined) for (const key of views) this.#add(key, ref, 'update', who, before, after, fields)
  }

  removed(
    ref: string,
    chunk: { readonly seq: number; readonly userId: string; readonly at: number },
    before: RowValues | undefined,
    views: Iterable<string>,
  ): void {
    const who = { seq: chunk.seq, by: chunk.userId, at: chunk.at }
    for (const [index, event] of this.#events.entries()) {
      if (event.kind === 'leave' && refOf(event) === ref) this.#events[index] = { ...event, ...who, kind: 'remove' }
    }
    for (const key of views) this.#add(key, ref, 'remove', who, before, undefined)
  }

  entered(key: string, ref: string, seq: number, after: RowValues | undefined): void {
    const last = this.#lastByRef.get(ref)
    this.#add(key, ref, last?.isInsert ? 'insert' : 'enter', last ?? whoOf(after, seq), undefined, after)
  }

  left(key: string, ref: string, seq: number, before: RowValues | undefined): void {
    const last = this.#lastByRef.get(ref)
    const at = this.#events.findLastIndex(event => event.key === key && refOf(event) === ref)
    const update = this.#events[at]
    if (update?.kind === 'update' && update.seq === last?.seq) {
      this.#events[at] = { ...update, kind: 'leave', after: undefined, fields: [] }
    } else this.#add(key, ref, 'leave', last ?? whoOf(before, seq), before, undefined)
  }

  gap(key: string, from: number, to: number): void {
    const nobody = { collection: '', id: '', by: '', at: 0, before: undefined, after: undefined, fields: [] }
    if (this.#isHeard(key)) this.#events.push({ ...nobody, key, kind: 'gap', seq: to, from })
  }

  #add(
    key: string,
    ref: string,
    kind: RowEvent['kind'],
    { seq, by, at }: Who,
    before: RowValues | undefined,
    after: RowValues | undefined,
    fields: readonly string[] = [],
  ): void {
    if (this.#isHeard(key)) this.#events.push({ key, ...rowKeyOf(ref), kind, seq, by, at, before, after, fields })
  }
}

const refOf = (event: RowEvent): string => `${event.collection}/${event.id}`

const whoOf = (row: RowValues | undefined, seq: number): Who => ({
  seq,
  by: String(row?.$updatedBy ?? ''),
  at: Number(row?.$updatedAt ?? 0),
})
