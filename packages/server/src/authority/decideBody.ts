import {
  type AllowedRoots,
  type CollectionModel,
  checkBodyUpdate,
  checkId,
  insertRecord,
  msOfStamp,
  openBody,
} from '@tidemark/core'
import type { Verdict } from '../access/Access.js'
import { mustCollection, originOf, type WriteContext } from './decideWrite.js'
import { fieldKindOf } from './Judge.js'
import { refuse } from './refusals.js'

export interface BodyWrite {
  readonly collection: string
  readonly id: string
  readonly update: Uint8Array
}

/**
 * Decides a body update in the draft: checked against the body before anything is applied, so that what
 * passes can no longer be refused. The first update of an open collection's record makes the record.
 */
export function decideBody(context: WriteContext, { collection, id, update }: BodyWrite): void {
  const key = { collection, id }
  const { draft, author, judge, limits } = context
  const model = mustCollection(context.schema, key.collection)
  checkId(key.id)
  if (!model.hasBody) refuse('INVALID', `Records of ${key.collection} have no text.`)
  const record = draft.record(key)
  if (record === null || record.removed || !judge.canSee(key, record.values)) {
    // Whoever may not write is told the same, whether something is hidden there or nothing is. [G11]
    if (model.open) mustBeGranted(judge.open(key))
    if (record !== null || !model.open) refuse('NOT_FOUND', `There is no ${key.collection} ${key.id}.`)
  }
  const hot = draft.body(key)
  const verdict = checkBodyUpdate({
    body: hot?.doc ?? openBody(undefined, `${key.collection}/${key.id}`),
    update,
    allowedRoots: rootsOf(model),
    boundUserOf: clientId => draft.writer(clientId),
    userId: author.userId,
    currentBytes: hot?.bytes ?? 0,
    maxBodyBytes: limits.bodyBytes,
  })
  if (verdict.kind === 'contained') return
  if (verdict.kind === 'refused') refuse(verdict.code, verdict.reason)
  mustBeGranted(model.open ? judge.open(key) : judge.row(key, record?.values, record?.values, textFieldsOf(model)))
  const at = msOfStamp(author.stamp)
  const base = { ...key, userId: author.userId, at }
  if (record === null) {
    const origin = originOf(context)
    const state = insertRecord({}, fieldKindOf(model), origin)
    draft.put(key, state, {
      kind: 'insert',
      seq: origin.seq,
      ...base,
      fields: [],
      after: state.values,
      before: null,
    })
  }
  draft.grow({ kind: 'body', seq: draft.nextSeq, ...base, update: verdict.update }, verdict.newClientIDs)
}

function mustBeGranted(verdict: Verdict): void {
  if (verdict.kind !== 'granted') refuse('DENIED', verdict.reason)
}

function rootsOf(model: CollectionModel): AllowedRoots {
  if (model.open) return 'any'
  const roots = new Map<string, 'text' | 'richText'>()
  for (const { name, kind } of model.fields) if (kind === 'text' || kind === 'richText') roots.set(name, kind)
  return roots
}

/** A body edit is put to the rules as an edit of all the record's texts: one document holds them. */
function textFieldsOf(model: CollectionModel): string[] {
  return model.fields.filter(({ kind }) => kind === 'text' || kind === 'richText').map(({ name }) => name)
}
