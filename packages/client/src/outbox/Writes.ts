import {
  type AnyCollection,
  type AnyCommand,
  type Clock,
  type CollectionModel,
  checkCommandInput,
  checkId,
  checkInsert,
  checkPatch,
  type InsertReceipt,
  type Mutation,
  modelOf,
  newId,
  type Receipt,
  type RowValues,
  type RowWrite,
  type SchemaModel,
  TidemarkError,
} from '@tidemark/core'
import { ReplicaTx } from '../replica/CommandPreviews.js'
import type { Replica } from '../replica/Replica.js'
import { patchOf } from './mergePatches.js'
import type { OutboxRunner } from './OutboxRunner.js'
import { writesOf } from './PendingEntry.js'

export interface WriteParts {
  readonly schema: SchemaModel
  readonly commands: readonly AnyCommand[]
  readonly userId: string
  readonly replica: Replica
  readonly runner: OutboxRunner
  readonly clock: Clock
}

// biome-ignore lint/suspicious/noExplicitAny: the public types are those of Client; in here all collections are alike
type Any = any

/**
 * The calls that write: each is checked as the authority will check it, throws `INVALID` where it cannot pass, and
 * becomes one mutation of plain data, a copy of what was given.
 */
export class Writes {
  readonly #parts: WriteParts
  readonly #used: () => void

  /** `used` is called before each write, and throws if nothing can be written any more. */
  constructor(parts: WriteParts, used: () => void) {
    this.#parts = parts
    this.#used = used
  }

  insert(collection: Any, row: object): InsertReceipt {
    const model = mustModel(this.#parts.schema, collection)
    const { id = newId(), values, texts } = checkInsert(model, row, { decided: false })
    const write: RowWrite = { op: 'insert', collection: model.name, id, values: givable(model, values, texts) }
    return Object.freeze({ ...this.#write({ kind: 'write', write }, 0), id }) as InsertReceipt
  }

  upsert(collection: Any, id: string, row: object): Receipt {
    const model = mustModel(this.#parts.schema, collection)
    checkId(id)
    const { values, texts } = checkInsert(model, row, { decided: false })
    // Only what was given is set on a record that is there.
    const given = Object.entries(givable(model, values, texts)).filter(([field]) => Object.hasOwn(row, field))
    const write: RowWrite = { op: 'upsert', collection: model.name, id, values: Object.fromEntries(given) }
    return this.#write({ kind: 'write', write }, this.#seenOf(model.name, id))
  }

  update(collection: Any, id: string, patch: object): Receipt {
    const model = mustModel(this.#parts.schema, collection)
    const edits = checkPatch(model, patch, { decided: false })
    const write: RowWrite = { op: 'update', collection: model.name, id: checkId(id), patch: patchOf(edits) }
    return this.#write({ kind: 'write', write }, this.#seenOf(model.name, id))
  }

  remove(collection: AnyCollection, id: string): Receipt {
    const { name } = mustModel(this.#parts.schema, collection)
    const write: RowWrite = { op: 'remove', collection: name, id: checkId(id) }
    return this.#write({ kind: 'write', write }, this.#seenOf(name, id))
  }

  batch(write: (tx: Any) => void): Receipt {
    const { schema, userId, replica, runner, clock } = this.#parts
    const writeId = runner.newWriteId()
    const writer = { userId, atMs: clock.now(), decided: false, writeId }
    const tx = new ReplicaTx(schema, replica.confirmed, replica.overlay.now(), writer)
    write(tx)
    return this.#write({ kind: 'batch', writes: tx.writes }, replica.confirmed.position, writeId)
  }

  run(command: AnyCommand, input: unknown): Receipt<Any, Any> {
    const { commands, clock, replica } = this.#parts
    if (!commands.includes(command)) {
      throw new TidemarkError('BAD_CONFIG', `Name the command ${command.name} in createClient({ commands }).`)
    }
    const mutation: Mutation = {
      kind: 'command',
      name: command.name,
      input: checkCommandInput(command, input),
      queuedAt: clock.now(),
    }
    return this.#write(mutation, replica.confirmed.position)
  }

  /** The same as it was refused, as a new mutation. */
  again(mutation: Mutation): Receipt<Any, Any> {
    const { clock, replica } = this.#parts
    if (mutation.kind === 'body') {
      throw new TidemarkError('INVALID', 'A refused text cannot be made again as it was: paste it where it belongs.')
    }
    const [first] = writesOf(mutation)
    const seen = first ? this.#seenOf(first.collection, first.id) : replica.confirmed.position
    return this.#write(mutation.kind === 'command' ? { ...mutation, queuedAt: clock.now() } : mutation, seen)
  }

  #seenOf(collection: string, id: string): number {
    return this.#parts.replica.confirmed.seenOf(collection, id)
  }

  #write(mutation: Mutation, seen: number, writeId?: string): Receipt<Any, Any> {
    this.#used()
    return this.#parts.runner.write(mutation, seen, writeId)
  }
}

/** The model of a collection that the client was made with. */
export function mustModel(schema: SchemaModel, collection: { readonly name: string }): CollectionModel {
  const model = modelOf(collection)
  if (schema.collectionByName.get(model.name) === model) return model
  throw new TidemarkError('BAD_CONFIG', `Name the collection ${model.name} in the schema of createClient.`)
}

/** What an insert may name: no decided fields, and the texts beside the values. */
function givable(model: CollectionModel, values: RowValues, texts: Readonly<Record<string, string>>): RowValues {
  const given = Object.entries(values).filter(([field]) => model.fieldByName.get(field)?.kind !== 'decided')
  return { ...Object.fromEntries(given), ...texts }
}
