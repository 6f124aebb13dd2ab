import {
  type AnyCommand,
  type CommandTx,
  checkInsert,
  checkPatch,
  compareRows,
  compileMatcher,
  derivedId,
  parseQuery,
  type QueryRow,
  queryHash,
  type RowValues,
  type RowWrite,
  runCommand,
  type SchemaModel,
  TidemarkError,
  UnreadSignal,
  withDefaults,
} from '@tidemark/core'
import { patchOf } from '../outbox/mergePatches.js'
import type { PendingEntry } from '../outbox/PendingEntry.js'
import { collectionWatch } from '../query/Watch.js'
import { applyWrite } from './applyWrite.js'
import type { Confirmed } from './Confirmed.js'
import type { Preview, Reads, RowsBefore } from './Overlay.js'
import { rowRef } from './RowRef.js'

/**
 * Runs pending commands on what the replica has. A read that is not known here ends the run without a preview: nothing is
 * drawn rather than something wrong. [A14]
 */
export class CommandPreviews {
  readonly #schema: SchemaModel
  readonly #commandByName: ReadonlyMap<string, AnyCommand>
  readonly #userId: string
  readonly #confirmed: Confirmed

  constructor(schema: SchemaModel, commands: readonly AnyCommand[], userId: string, confirmed: Confirmed) {
    this.#schema = schema
    this.#commandByName = new Map(commands.map(command => [command.name, command]))
    this.#userId = userId
    this.#confirmed = confirmed
  }

  run(entry: PendingEntry, before: RowsBefore): ReturnType<Preview> {
    const { mutation } = entry
    if (mutation.kind !== 'command') return null
    const command = this.#commandByName.get(mutation.name)
    if (command === undefined) return null
    const tx = new ReplicaTx(this.#schema, this.#confirmed, before, {
      userId: this.#userId,
      atMs: mutation.queuedAt,
      decided: true,
      writeId: entry.writeId,
    })
    const run = runCommand(command, tx, mutation.input, { userId: this.#userId, now: mutation.queuedAt })
    return { writes: run.status === 'accepted' ? tx.writes : [], reads: tx.reads }
  }
}

/** The key of a whole collection. */
const allOf = (collection: string): string => collectionWatch(collection).key

/** Reads the replica and gathers writes, for a command's preview or a batch. */
export class ReplicaTx implements CommandTx {
  readonly writes: RowWrite[] = []
  readonly #refs = new Set<string>()
  readonly #collections = new Set<string>()
  readonly #drafts = new Map<string, RowValues | undefined>()
  readonly #schema: SchemaModel
  readonly #confirmed: Confirmed
  readonly #before: RowsBefore
  readonly #writer: {
    readonly userId: string
    readonly atMs: number
    readonly decided: boolean
    readonly writeId: string
  }

  constructor(
    schema: SchemaModel,
    confirmed: Confirmed,
    before: RowsBefore,
    writer: { readonly userId: string; readonly atMs: number; readonly decided: boolean; readonly writeId: string },
  ) {
    this.#schema = schema
    this.#confirmed = confirmed
    this.#before = before
    this.#writer = writer
  }

  get reads(): Reads {
    return { refs: this.#refs, collections: this.#collections }
  }

  get: CommandTx['get'] = (collection, id) => {
    const row = this.#row(collection.name, id)
    return (row && this.#shown(collection.name, id, row)) as never
  }

  list: CommandTx['list'] = (collection, query) => {
    const { name } = collection
    const parsed = parseQuery(query)
    this.#collections.add(name)
    const key = `l/${name}/${queryHash(name, parsed.where, parsed.orderBy)}`
    if (!this.#covers(allOf(name), null) && !this.#covers(key, parsed.limit))
      throw this.#unread(key, `this list of ${name}`)
    const rows = new Map<string, RowValues>(this.#before.rows(name))
    for (const [ref, row] of this.#drafts) {
      if (!ref.startsWith(`${name}/`)) continue
      if (row) rows.set(ref.slice(name.length + 1), row)
      else rows.delete(ref.slice(name.length + 1))
    }
    const matches = compileMatcher(parsed.where)
    const found = [...rows].map(([id, row]) => this.#shown(name, id, row)).filter(matches)
    found.sort(compareRows(parsed.orderBy))
    return (parsed.limit === null ? found : found.slice(0, parsed.limit)) as never
  }

  insert: CommandTx['insert'] = (collection, row) => {
    const derived = derivedId(this.#writer.writeId, this.writes.length)
    const { id = derived, ...input } = row as { id?: string }
    const { values, texts } = checkInsert(this.#model(collection.name), input, this.#writer)
    // Nobody else can have made a record under this id.
    if (id === derived) this.#drafts.set(rowRef(collection.name, id), undefined)
    this.#write({
      op: 'insert',
      collection: collection.name,
      id,
      values: { ...this.#givable(collection.name, values), ...texts },
    })
    return id
  }

  upsert: CommandTx['upsert'] = (collection, id, row) => {
    const { id: _, ...input } = row as { id?: string }
    checkInsert(this.#model(collection.name), input, this.#writer)
    this.#write({ op: 'upsert', collection: collection.name, id, values: structuredClone(input) as RowValues })
  }

  update: CommandTx['update'] = (collection, id, patch) => {
    const edits = checkPatch(this.#model(collection.name), patch, this.#writer)
    this.#write({ op: 'update', collection: collection.name, id, patch: patchOf(edits) })
  }

  remove: CommandTx['remove'] = (collection, id) => {
    this.#write({ op: 'remove', collection: collection.name, id })
  }

  #write(write: RowWrite): void {
    const model = this.#model(write.collection)
    const before = this.#writer.decided ? this.#row(write.collection, write.id) : this.#peek(write.collection, write.id)
    const { row, fault } = applyWrite(model, before, write, this.#writer)
    if (fault && this.#writer.decided) throw new TidemarkError(fault)
    this.#drafts.set(rowRef(write.collection, write.id), row)
    this.writes.push(write)
  }

  /** The row as it stands, or a signal that it is not known here. */
  #row(collection: string, id: string): RowValues | undefined {
    const ref = rowRef(collection, id)
    this.#refs.add(ref)
    const row = this.#peek(collection, id)
    if (row !== undefined || this.#drafts.has(ref) || this.#before.isPending(collection, id)) return row
    if (this.#covers(`r/${ref}`, null) || this.#covers(allOf(collection), null)) return undefined
    if (this.#confirmed.whyGone(ref) === 'deleted') return undefined
    throw this.#unread(ref, `${collection} ${id}`)
  }

  #peek(collection: string, id: string): RowValues | undefined {
    const ref = rowRef(collection, id)
    return this.#drafts.has(ref) ? this.#drafts.get(ref) : this.#before.row(collection, id)
  }

  /** Whether the subscription is in memory as it was last caught up, far enough. */
  #covers(key: string, limit: number | null): boolean {
    const subscription = this.#confirmed.subscription(key)
    if (subscription === undefined || !this.#confirmed.isLoaded(key) || subscription.viewHash === '') return false
    return subscription.bound === null || (limit !== null && this.#confirmed.refsOf(key).size >= limit)
  }

  /** A command ends without a preview; a batch, which nobody runs again, with a sentence. */
  #unread(target: string, what: string): Error {
    if (this.#writer.decided) return new UnreadSignal(target)
    return new TidemarkError(
      'INVALID',
      `A batch reads what the replica has, and it has not ${what}: show or get it first.`,
    )
  }

  #model(name: string) {
    const model = this.#schema.collectionByName.get(name)
    if (model === undefined) throw new TidemarkError('INVALID', `There is no collection ${name} in this schema.`)
    return model
  }

  #shown(collection: string, id: string, values: RowValues): QueryRow {
    return Object.freeze({ ...withDefaults(this.#model(collection), values), id, $pending: false })
  }

  /** What an insert may name: decided fields only where they may be set. */
  #givable(collection: string, values: RowValues): RowValues {
    if (this.#writer.decided) return values
    const { fieldByName } = this.#model(collection)
    return Object.fromEntries(Object.entries(values).filter(([field]) => fieldByName.get(field)?.kind !== 'decided'))
  }
}
