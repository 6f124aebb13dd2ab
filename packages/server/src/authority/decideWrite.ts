import {
  bodyClientId,
  bodyFromTexts,
  type CollectionModel,
  checkId,
  checkInsert,
  checkPatch,
  type EditOrigin,
  type FieldEdits,
  insertRecord,
  mergeEdits,
  msOfStamp,
  type RecordState,
  type RowValues,
  type RowWrite,
  removeRecord,
  type SchemaModel,
  type Stamp,
} from '@tidemark/core'
import type { Limits } from '../limits.js'
import type { RecordKey } from '../store/Store.js'
import type { Draft } from './Draft.js'
import { fieldKindOf, type Judge } from './Judge.js'
import { refuse } from './refusals.js'

/** Who writes, and as what. */
export interface Author {
  readonly userId: string
  readonly writer: string
  readonly number: number
  readonly writeId: string
  /** Effective. */
  readonly stamp: Stamp
  readonly seen: number
}

export interface WriteContext {
  readonly schema: SchemaModel
  readonly limits: Limits
  readonly draft: Draft
  readonly author: Author
  readonly judge: Judge
}

/** Fields of an edit that a rule refused while the others went through. */
export interface PartlyRefused {
  readonly fields: readonly string[]
  readonly reason: string
}

/** Decides one row write in the draft. Throws what refuses it. `index` is its place among the writes of its mutation. */
export function decideWrite(context: WriteContext, write: RowWrite, index: number): PartlyRefused | undefined {
  const model = mustRowCollection(context.schema, write.collection)
  const key = { collection: write.collection, id: write.id }
  checkId(write.id)
  const { draft } = context
  const before = write.op === 'insert' ? draft.recordToInsert(key) : draft.record(key)
  switch (write.op) {
    case 'insert':
      insert(context, model, key, before, write.values, index)
      return undefined
    case 'upsert':
      if (before === null) insert(context, model, key, before, write.values, index)
      else if (before.removed || !context.judge.canSee(key, before.values)) refuseExisting(key)
      else return edit(context, key, before, upsertEdits(model, write.values, context.judge.decided))
      return undefined
    case 'update':
      if (before === null || before.removed || !context.judge.canSee(key, before.values)) return refuseMissing(key)
      return edit(context, key, before, checkPatch(model, write.patch, context.judge))
    case 'remove':
      if (before === null || before.removed || !context.judge.canSee(key, before.values)) return refuseMissing(key)
      remove(context, key, before)
      return undefined
  }
}

function insert(
  context: WriteContext,
  model: CollectionModel,
  key: RecordKey,
  before: RecordState | null,
  input: RowValues,
  index: number,
): void {
  if (before !== null) refuseExisting(key)
  const { judge, draft, author } = context
  const { values, texts } = checkInsert(model, input, judge)
  const origin = originOf(context)
  const state = insertRecord(values, fieldKindOf(model), origin)
  mustFit(context, state)
  const fields = Object.keys(values)
  const verdict = judge.row(key, undefined, state.values, fields)
  if (verdict.kind !== 'granted') refuse('DENIED', verdict.reason)
  const at = msOfStamp(author.stamp)
  const base = { ...key, userId: author.userId, at }
  draft.put(key, state, { kind: 'insert', seq: origin.seq, ...base, fields, after: state.values, before: null })
  if (Object.values(texts).some(text => text !== '')) {
    const clientId = bodyClientId(author.writeId, index)
    const update = bodyFromTexts(texts, clientId)
    if (update.byteLength > context.limits.bodyBytes) refuse('INVALID', 'The texts are over the size of a body.')
    const isKnown = draft.writerOfInserted(clientId) !== undefined
    draft.grow({ kind: 'body', seq: draft.nextSeq, ...base, update }, isKnown ? [] : [clientId])
  }
}

function edit(
  context: WriteContext,
  key: RecordKey,
  before: RecordState,
  edits: FieldEdits,
): PartlyRefused | undefined {
  const { judge, draft, author } = context
  const merge = (wanted: FieldEdits) => mergeEdits(before, wanted, originOf(context))
  let merged = merge(edits)
  let refused: PartlyRefused | undefined
  const verdict = judge.row(key, before.values, merged.state.values, Object.keys(edits))
  if (verdict.kind === 'refused') refuse('DENIED', verdict.reason)
  if (verdict.kind === 'partly') {
    const isRefused = (field: string) => verdict.fields.includes(field)
    refused = { fields: Object.keys(edits).filter(isRefused), reason: verdict.reason }
    const allowed = Object.fromEntries(Object.entries(edits).filter(([field]) => !isRefused(field)))
    if (Object.keys(allowed).length === 0) refuse('DENIED', verdict.reason)
    const again = judge.row(key, before.values, merge(allowed).state.values, Object.keys(allowed))
    if (again.kind !== 'granted') refuse('DENIED', again.reason)
    merged = merge(allowed)
  }
  const { state, fields } = merged
  if (fields.length === 0) return refused
  mustFit(context, state)
  const was: Record<string, RowValues[string]> = {}
  for (const field of [...fields, '$updatedAt', '$updatedBy']) was[field] = before.values[field] ?? null
  draft.put(key, state, {
    kind: 'update',
    seq: state.seq,
    ...key,
    userId: author.userId,
    at: msOfStamp(author.stamp),
    fields,
    after: state.values,
    before: was,
  })
  return refused
}

function remove(context: WriteContext, key: RecordKey, before: RecordState): void {
  const { judge, draft, author } = context
  const verdict = judge.row(key, before.values, undefined, [])
  if (verdict.kind !== 'granted') refuse('DENIED', verdict.reason)
  const seq = draft.nextSeq
  const at = msOfStamp(author.stamp)
  const change = { kind: 'remove', seq, ...key, userId: author.userId, at, fields: [], after: null } as const
  draft.put(key, removeRecord(seq), { ...change, before: before.values })
}

/** An upsert of a record that is there sets the fields it names; counters keep their count. */
function upsertEdits(model: CollectionModel, values: RowValues, decided: boolean): FieldEdits {
  const patch: Record<string, RowValues[string]> = {}
  for (const [field, value] of Object.entries(values)) {
    const kind = model.fieldByName.get(field)?.kind
    if (field !== 'id' && kind !== 'counter' && kind !== 'text') patch[field] = value
  }
  return checkPatch(model, patch, { decided })
}

export function originOf({ author, draft, judge }: WriteContext): EditOrigin {
  const { stamp, writer, number, userId, seen } = author
  return { seq: draft.nextSeq, stamp, writer, number, userId, seen, decides: judge.decided }
}

function mustFit({ limits }: WriteContext, state: RecordState): void {
  const bytes = JSON.stringify(state.values).length
  if (bytes > limits.rowBytes) {
    refuse('INVALID', `The row has ${bytes} bytes, ${limits.rowBytes} are allowed: move long text to a text field.`)
  }
}

export function mustCollection(schema: SchemaModel, name: string): CollectionModel {
  const model = schema.collectionByName.get(name)
  return model ?? refuse('INVALID', `There is no collection ${name} here.`)
}

function mustRowCollection(schema: SchemaModel, name: string): CollectionModel {
  const model = mustCollection(schema, name)
  return model.open ? refuse('INVALID', `${name} is an open collection: its records have no row to write.`) : model
}

function refuseExisting({ collection, id }: RecordKey): never {
  return refuse('EXISTS', `The id ${id} is or was used in ${collection}: take a new one.`)
}

function refuseMissing({ collection, id }: RecordKey): never {
  return refuse('NOT_FOUND', `There is no ${collection} ${id}.`)
}
