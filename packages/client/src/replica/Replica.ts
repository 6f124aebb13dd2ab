import { type AnyCommand, equalJson, type QueryRow, type SchemaModel, withDefaults } from '@tidemark/core'
import type { EntryChanges } from '../outbox/Outbox.js'
import type { ReplicaMeta, StoredRow, StoredRows, StoredSubscription } from '../storage/ReplicaStorage.js'
import { CommandPreviews } from './CommandPreviews.js'
import { Confirmed } from './Confirmed.js'
import type { Delta } from './Delta.js'
import { Overlay } from './Overlay.js'
import { rowKeyOf, rowRef } from './RowRef.js'

/** What is different after a step: one of these for each message or write, however much it holds. */
export interface ReplicaStep {
  /** Ids of records whose visible row, or cover, may be another, by collection. */
  readonly idsByCollection: ReadonlyMap<string, ReadonlySet<string>>
  /** Subscriptions that moved: caught up, counted, no longer live. Null: all of them may have. */
  readonly keys: ReadonlySet<string> | null
}

/** Rows of one subscription as they were read from the storage. */
export interface LoadedView {
  readonly key: string
  readonly version: number
  readonly rows: readonly StoredRow[]
}

export interface ReplicaOptions {
  readonly schema: SchemaModel
  readonly commands: readonly AnyCommand[]
  readonly userId: string
  readonly isDevelopment: boolean
}

/**
 * The replica as a tab has it in memory: confirmed rows apart from the outbox, and the visible rows made of both.
 *
 * Every change comes as one step, and `stepped` is called once for it, when all of it is in. The same in the leading tab
 * and in the others. [A8]
 */
export class Replica {
  readonly confirmed = new Confirmed()
  readonly overlay: Overlay
  readonly #schema: SchemaModel
  readonly #isDevelopment: boolean
  readonly #stepped: (step: ReplicaStep) => void
  /** Rows that were asked for, as they were shown last. */
  readonly #shown = new Map<string, QueryRow>()
  /** Of those, the ones that may look different now. */
  readonly #stale = new Set<string>()

  constructor({ schema, commands, userId, isDevelopment }: ReplicaOptions, stepped: (step: ReplicaStep) => void) {
    this.#schema = schema
    this.#isDevelopment = isDevelopment
    this.#stepped = stepped
    const previews = new CommandPreviews(schema, commands, userId, this.confirmed)
    this.overlay = new Overlay(schema, this.confirmed, userId, (entry, before) => previews.run(entry, before))
  }

  /** The row as it is shown; the same object while nothing in it changed. */
  row(collection: string, id: string): QueryRow | undefined {
    const ref = rowRef(collection, id)
    const known = this.#shown.get(ref)
    if (known && !this.#stale.has(ref)) return known
    this.#stale.delete(ref)
    const values = this.overlay.row(ref)
    if (values === undefined) {
      this.#shown.delete(ref)
      return undefined
    }
    const model = this.#schema.collectionByName.get(collection)
    const row = { ...(model ? withDefaults(model, values) : values), id, $pending: this.overlay.isPending(ref) }
    if (known && equalJson(known, row)) return known
    const shown = this.#isDevelopment ? frozen(row) : row
    this.#shown.set(ref, shown)
    return shown
  }

  /** What the app is given: frozen in development, so that a write into it shows where it is made. */
  forApp<T extends object>(given: T): T {
    return this.#isDevelopment ? Object.freeze(given) : given
  }

  /** The committed side of the row, without what waits here. */
  confirmedRow(collection: string, id: string): QueryRow | undefined {
    const values = this.confirmed.row(collection, id)?.values
    return values && { ...values, id }
  }

  open(meta: ReplicaMeta, subscriptions: readonly StoredSubscription[], entries: EntryChanges): void {
    this.confirmed.open(meta, subscriptions)
    this.overlay.clockOffsetMs = meta.clockOffsetMs
    this.#step(this.overlay.update(entries, new Set()), null)
  }

  /** Begins again with what the storage has: another tab wrote it last. */
  reset(
    meta: ReplicaMeta,
    subscriptions: readonly StoredSubscription[],
    entries: EntryChanges,
    loaded: readonly LoadedView[],
  ): void {
    const touched = this.confirmed.clear()
    this.confirmed.open(meta, subscriptions)
    this.overlay.clockOffsetMs = meta.clockOffsetMs
    for (const { key, version, rows } of loaded)
      for (const ref of this.confirmed.load(key, version, rows)) touched.add(ref)
    this.#step(this.overlay.update(entries, touched), null)
  }

  load(key: string, version: number, rows: readonly StoredRow[]): void {
    const touched = this.confirmed.load(key, version, rows)
    this.#step(this.overlay.update([], new Set(touched)), new Set([key]))
  }

  /** Shows a few rows of a subscription while the rest is read. */
  glimpse(key: string, { version, rows }: StoredRows): void {
    this.#step(this.overlay.update([], new Set(this.confirmed.glimpse(version, rows))), new Set([key]))
  }

  unload(key: string): void {
    this.confirmed.unload(key, ref => this.overlay.isPending(ref))
    for (const ref of this.#shown.keys()) {
      const { collection, id } = rowKeyOf(ref)
      if (!this.confirmed.row(collection, id) && !this.overlay.isPending(ref)) this.#shown.delete(ref)
    }
  }

  /** A message of the node, with the entries that it answered. */
  apply(delta: Delta, version: number, entries: EntryChanges): void {
    if (delta.meta.clockOffsetMs !== undefined) this.overlay.clockOffsetMs = delta.meta.clockOffsetMs
    const touched = this.confirmed.apply(delta, version)
    const keys = new Set([...delta.subscriptions.map(({ key }) => key), ...delta.live])
    this.#step(this.overlay.update(entries, touched), keys)
  }

  /** Local writes, and what became of them. */
  write(entries: EntryChanges): void {
    if (entries.length > 0) this.#step(this.overlay.update(entries, new Set()), new Set())
  }

  /** What is live in the leading tab. */
  follow(live: readonly string[]): void {
    this.confirmed.follow(live)
    this.#step(new Set(), null)
  }

  /** Nothing is here any more: the user signed out. */
  forget(entries: EntryChanges): void {
    this.#step(this.overlay.update(entries, this.confirmed.clear()), null)
  }

  endSession(): void {
    this.confirmed.endSession()
    this.#step(new Set(), null)
  }

  #step(touched: ReadonlySet<string>, keys: ReadonlySet<string> | null): void {
    const idsByCollection = new Map<string, Set<string>>()
    for (const ref of touched) {
      if (this.#shown.has(ref)) this.#stale.add(ref)
      const { collection, id } = rowKeyOf(ref)
      const ids = idsByCollection.get(collection)
      if (ids) ids.add(id)
      else idsByCollection.set(collection, new Set([id]))
    }
    this.#stepped({ idsByCollection, keys })
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
