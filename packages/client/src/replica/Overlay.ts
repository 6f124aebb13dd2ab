import { msOfStamp, type RowValues, type RowWrite, type SchemaModel } from '@tidemark/core'
import { compareEntries, type PendingEntry, writesOf } from '../outbox/PendingEntry.js'
import { applyWrite } from './applyWrite.js'
import type { Confirmed } from './Confirmed.js'
import { rowKeyOf, rowRef } from './RowRef.js'

interface Touch {
  readonly entry: PendingEntry
  readonly write: RowWrite
}

/** Computes what a command would write, against rows as they stand before it; null: something it reads is not at hand. */
export type Preview = (
  entry: PendingEntry,
  before: RowsBefore,
) => { readonly writes: readonly RowWrite[]; readonly reads: Reads } | null

/** Rows as they look before an entry: confirmed, with earlier entries on top. */
export interface RowsBefore {
  row(collection: string, id: string): RowValues | undefined
  /** All rows known of the collection. */
  rows(collection: string): Iterable<[id: string, values: RowValues]>
  /** Whether a pending entry speaks for the record, so that it is known without the node. */
  isPending(collection: string, id: string): boolean
}

/** What a preview depends on. */
export interface Reads {
  readonly refs: ReadonlySet<string>
  readonly collections: ReadonlySet<string>
}

/**
 * The visible rows: the confirmed ones with the outbox replayed in order. [A8]
 *
 * A record is replayed only when something touches it. Commands are run anew when what they read changes, so a preview
 * always fits the rows it stands on.
 */
export class Overlay {
  readonly #schema: SchemaModel
  readonly #confirmed: Confirmed
  readonly #preview: Preview
  readonly #userId: string
  readonly #entries = new Map<string, PendingEntry>()
  readonly #touches = new Map<string, Touch[]>()
  readonly #previews = new Map<string, { readonly writes: readonly RowWrite[]; readonly reads: Reads } | null>()
  clockOffsetMs = 0

  constructor(schema: SchemaModel, confirmed: Confirmed, userId: string, preview: Preview) {
    this.#schema = schema
    this.#confirmed = confirmed
    this.#userId = userId
    this.#preview = preview
  }

  /** Records with pending writes, by ref. */
  get refs(): Iterable<string> {
    return this.#touches.keys()
  }

  isPending(ref: string): boolean {
    return this.#touches.has(ref)
  }

  /** Whether entries other than these numbers touch the record. */
  isPendingBeside(ref: string, numbers: ReadonlySet<number>): boolean {
    return (this.#touches.get(ref) ?? []).some(
      ({ entry }) => !('number' in entry.state && numbers.has(entry.state.number)),
    )
  }

  /** The records that an entry writes, as far as it is known here. */
  refsOf(entry: PendingEntry): string[] {
    return this.#writesOf(entry).map(({ collection, id }) => rowRef(collection, id))
  }

  /** The record as it is shown. */
  row(ref: string): RowValues | undefined {
    return this.#replayed(ref, null)
  }

  /**
   * Takes entries in, out, or in another place (`undefined`: out), and confirmed rows that changed; gives all
   * records that may look different now.
   */
  update(
    entries: Iterable<readonly [writeId: string, entry: PendingEntry | undefined]>,
    confirmed: ReadonlySet<string>,
  ): Set<string> {
    const touched = new Set(confirmed)
    let isReordered = false
    for (const [writeId, entry] of entries) {
      const known = this.#entries.get(writeId)
      if (known) for (const ref of this.#untouch(known)) touched.add(ref)
      if (entry === undefined) {
        this.#entries.delete(writeId)
        this.#previews.delete(writeId)
      } else {
        this.#entries.set(writeId, entry)
        for (const ref of this.#touch(entry)) touched.add(ref)
      }
      isReordered = true
    }
    this.#rerun(touched, isReordered)
    return touched
  }

  /** Rows as they look with everything on top. */
  now(): RowsBefore {
    return this.#before(null)
  }

  /** Runs commands again whose reads were touched, in order; what they write may touch later ones. */
  #rerun(touched: Set<string>, isReordered: boolean): void {
    const commands = [...this.#entries.values()]
      .filter(({ mutation }) => mutation.kind === 'command')
      .sort(compareEntries)
    for (const entry of commands) {
      const known = this.#previews.get(entry.writeId)
      if (known && !isReordered && !isTouched(known.reads, touched)) continue
      for (const ref of this.#untouch(entry)) touched.add(ref)
      this.#previews.set(entry.writeId, this.#preview(entry, this.#before(entry)))
      for (const ref of this.#touch(entry)) touched.add(ref)
    }
  }

  #before(entry: PendingEntry | null): RowsBefore {
    return {
      row: (collection, id) => this.#replayed(rowRef(collection, id), entry),
      isPending: (collection, id) =>
        (this.#touches.get(rowRef(collection, id)) ?? []).some(
          touch => entry === null || compareEntries(touch.entry, entry) < 0,
        ),
      rows: collection => this.#rowsOf(collection, entry),
    }
  }

  *#rowsOf(collection: string, before: PendingEntry | null): Iterable<[string, RowValues]> {
    const ids = new Set(this.#confirmed.rows(collection).keys())
    for (const ref of this.#touches.keys()) {
      const key = rowKeyOf(ref)
      if (key.collection === collection) ids.add(key.id)
    }
    for (const id of ids) {
      const values = this.#replayed(rowRef(collection, id), before)
      if (values) yield [id, values]
    }
  }

  #replayed(ref: string, before: PendingEntry | null): RowValues | undefined {
    const { collection, id } = rowKeyOf(ref)
    const model = this.#schema.collectionByName.get(collection)
    let row = this.#confirmed.row(collection, id)?.values
    if (model === undefined) return row
    for (const { entry, write } of this.#touches.get(ref) ?? []) {
      if (before && compareEntries(entry, before) >= 0) break
      const atMs = msOfStamp(entry.stamp) + this.#clockOffset
      row = applyWrite(model, row, write, {
        userId: this.#userId,
        atMs,
        decided: entry.mutation.kind === 'command',
      }).row
    }
    return row
  }

  get #clockOffset(): number {
    return Math.round(this.clockOffsetMs)
  }

  #writesOf(entry: PendingEntry): readonly RowWrite[] {
    if (entry.mutation.kind === 'command') return this.#previews.get(entry.writeId)?.writes ?? []
    return writesOf(entry.mutation)
  }

  #touch(entry: PendingEntry): string[] {
    const refs: string[] = []
    for (const write of this.#writesOf(entry)) {
      const ref = rowRef(write.collection, write.id)
      const touches = this.#touches.get(ref)
      if (touches === undefined) this.#touches.set(ref, [{ entry, write }])
      else {
        const isLast = compareEntries((touches.at(-1) as Touch).entry, entry) <= 0
        touches.push({ entry, write })
        // Stable: the writes of one entry keep their order.
        if (!isLast) touches.sort((a, b) => compareEntries(a.entry, b.entry))
      }
      refs.push(ref)
    }
    return refs
  }

  #untouch(entry: PendingEntry): string[] {
    const refs = this.refsOf(entry)
    for (const ref of refs) {
      const rest = this.#touches.get(ref)?.filter(touch => touch.entry.writeId !== entry.writeId) ?? []
      if (rest.length > 0) this.#touches.set(ref, rest)
      else this.#touches.delete(ref)
    }
    return refs
  }
}

function isTouched(reads: Reads, touched: ReadonlySet<string>): boolean {
  for (const ref of touched) {
    if (reads.refs.has(ref) || reads.collections.has(rowKeyOf(ref).collection)) return true
  }
  return false
}
