import {
  type CollectionModel,
  diffBody,
  fieldsAfter,
  isWithin,
  mergeUpdates,
  queryRowOf,
  type ReconcileReason,
  type RecordState,
  type Resume,
  type RowValues,
  type SnapshotItem,
  sortKeyOf,
  withDefaults,
} from '@tidemark/core'
import type { ChangedRecord, FoundRecord, Read, StoredBody } from '../store/Store.js'
import type { Way } from './CatchUpRound.js'
import { isBefore, type Watch, type WatchPhase } from './GatewaySession.js'
import { heldDigest, indexHeld } from './heldDigest.js'
import type { View } from './View.js'

/** What a watch needs from the store to be caught up, by name. */
export type CatchUpReads = Partial<Record<'list' | 'changed' | 'more' | 'count' | 'record' | 'body' | 'access', Read>>

export interface CatchUpResults {
  readonly list?: readonly FoundRecord[]
  readonly changed?: readonly ChangedRecord[] | 'cut'
  readonly more?: readonly FoundRecord[]
  readonly count?: number
  readonly record?: readonly (RecordState | undefined)[]
  readonly body?: StoredBody
  readonly access?: boolean
}

export type CatchUpPlan =
  /** The client has to say what it holds. */
  | { readonly kind: 'ask'; readonly reason: ReconcileReason }
  | {
      readonly kind: 'serve'
      /** The items replace whatever the client holds of this watch. */
      readonly isWhole: boolean
      readonly items: readonly SnapshotItem[]
      readonly bound: Watch['bound']
      readonly count: number
      /** Of a record or a body: whether the record is there for this reader. */
      readonly isVisible: boolean
      /** By which of the ways it was told; for the metrics. */
      readonly way: Way
    }

/** The reads for a watch, or a reason to ask the client first. */
export function readsFor(watch: Watch): { readonly reads: CatchUpReads } | { readonly ask: ReconcileReason } {
  const { view, limit } = watch
  const { resume, refill } = mustLack(watch)
  const { collection } = view
  const query = { where: view.where, orderBy: view.orderBy, limit }
  const isStale = resume !== null && resume.held === null && resume.viewHash !== view.hash
  if (isStale) return { ask: 'access' }
  switch (view.kind) {
    case 'count':
      return { reads: { count: { kind: 'count', collection, query: { ...query, limit: null } } } }
    case 'body': {
      const key = { collection, id: view.id as string }
      const after = resume === null || resume.held !== null ? undefined : resume.cursor
      const reads: CatchUpReads = { record: { kind: 'records', keys: [key] }, body: { kind: 'body', key, after } }
      if (after === undefined) return { reads }
      const access: Read = { kind: 'access', userId: watch.session.user.userId, after }
      if (view.isUnruled) return { reads: { ...reads, access } }
      return { reads: { ...reads, access, changed: { kind: 'changed', collection, id: key.id, after } } }
    }
    case 'rows': {
      const list: Read = { kind: 'list', collection, query }
      if (resume === null || resume.held !== null) return { reads: { list } }
      const { id } = view
      const changed: Read = { kind: 'changed', collection, id: id ?? undefined, after: resume.cursor }
      // The log does not say of a record that has not changed whether it is there, nor is the client to be believed.
      if (id !== null) return { reads: { changed, record: { kind: 'records', keys: [{ collection, id }] } } }
      if (refill === 'trim') return { reads: { changed, list } }
      if (refill === 'no' || watch.bound === null) return { reads: { changed } }
      const wanted = { ...query, limit: lackingRows(watch) }
      return { reads: { changed, more: { kind: 'list', collection, query: wanted, after: watch.bound } } }
    }
  }
}

/** What to tell, from what was read at one moment. `isCoveredElsewhere`: another live watch of the session has the row. */
export function planCatchUp(
  watch: Watch,
  results: CatchUpResults,
  model: CollectionModel,
  incarnation: string,
  isCoveredElsewhere: (row: RowValues) => boolean,
): CatchUpPlan {
  const { view } = watch
  const { resume } = mustLack(watch)
  const rowOf = (id: string, state: RecordState) => queryRowOf(id, withDefaults(model, state.values))
  const enter = (id: string, state: RecordState): SnapshotItem => {
    const row = rowOf(id, state)
    return isCoveredElsewhere(row) ? { kind: 'covered', id } : { kind: 'row', id, values: withoutId(row) }
  }
  const base = { kind: 'serve', isWhole: false, bound: null, isVisible: false } as const
  if (view.kind === 'count') {
    const count = results.count ?? 0
    return { ...base, items: [{ kind: 'count', count }], count, way: 'whole' }
  }
  if (view.kind === 'body') return planBody(watch, results, resume, model)
  if (resume === null || resume.held !== null) {
    const found = results.list ?? []
    const items = resume?.held
      ? heldItems(watch, found, resume, incarnation, rowOf)
      : found.map(f => enter(f.id, f.state))
    const isFull = watch.limit !== null && found.length >= watch.limit
    const last = found.at(-1)
    const bound = isFull && last ? sortKeyOf(view.orderBy, rowOf(last.id, last.state)) : null
    const isWhole = resume === null
    const isVisible = view.id !== null && found.length > 0
    return { ...base, isWhole, items, bound, count: found.length, isVisible, way: isWhole ? 'whole' : 'held' }
  }
  if (results.changed === 'cut' || results.changed === undefined) return { kind: 'ask', reason: 'cut' }
  const isCovered = (id: string, state: RecordState) => isCoveredElsewhere(rowOf(id, state))
  return planFromLog(watch, results, results.changed, resume, model, enter, isCovered)
}

/** Exactly what changed since the cursor, by membership at the cursor and now. [G9] [G14] */
function planFromLog(
  watch: Watch,
  results: CatchUpResults,
  changed: readonly ChangedRecord[],
  resume: Resume,
  model: CollectionModel,
  enter: (id: string, state: RecordState) => SnapshotItem,
  isCovered: (id: string, state: RecordState) => boolean,
): CatchUpPlan {
  const { view } = watch
  const isInside = (id: string, values: RowValues) => {
    const row = queryRowOf(id, withDefaults(model, values))
    return view.matches(row) && watch.covers(row)
  }
  const items: SnapshotItem[] = []
  let { count } = watch
  for (const { id, state, before } of changed) {
    const was = before !== null && isInside(id, before)
    const is = !state.removed && isInside(id, state.values)
    if (was && is) {
      const fields = fieldsAfter(state, resume.cursor)
      const isLacking = fields.length > 0 && !isCovered(id, state)
      if (isLacking) items.push({ kind: 'patch', id, values: pick(state.values, fields) })
    } else if (is) {
      items.push(enter(id, state))
      count++
    } else if (was) {
      items.push({ kind: 'leave', id, removed: state.removed })
      count--
    }
  }
  let { bound } = watch
  let way: Way = 'log'
  if (results.more !== undefined) {
    way = 'window'
    const wanted = lackingRows(watch) ?? Number.POSITIVE_INFINITY
    for (const { id, state } of results.more) items.push(enter(id, state))
    count += results.more.length
    const last = results.more.at(-1)
    const isFull = results.more.length >= wanted && last !== undefined
    bound = isFull ? sortKeyOf(view.orderBy, queryRowOf(last.id, withDefaults(model, last.state.values))) : null
  }
  if (results.list !== undefined && watch.limit !== null) {
    way = 'window'
    const keys = results.list.map(({ id, state }) =>
      sortKeyOf(view.orderBy, queryRowOf(id, withDefaults(model, state.values))),
    )
    const shorter = keys.length >= watch.limit ? (keys.at(-1) ?? null) : null
    if (isBefore(view, shorter, bound)) bound = shorter
    // Counted anew, whatever the client said: else its window might never be short enough.
    const end = bound
    count = end === null ? keys.length : keys.filter(key => isWithin(view.orderBy, end, key)).length
  }
  return { kind: 'serve', isWhole: false, items, bound, count, isVisible: isRecordIn(view, model, results), way }
}

/** How many rows a window is to be read further; null: all there are. */
const lackingRows = ({ limit, count }: Watch): number | null => (limit === null ? null : Math.max(1, limit - count))

/** The client named what it holds: fields that changed since, what it lacks, and what it should not have. */
function heldItems(
  watch: Watch,
  found: readonly FoundRecord[],
  resume: Resume,
  incarnation: string,
  rowOf: (id: string, state: RecordState) => RowValues,
): SnapshotItem[] {
  const held = indexHeld(resume.held ?? new Uint8Array(0))
  const items: SnapshotItem[] = []
  for (const { id, state } of found) {
    const isHeld = held.delete(heldDigest(incarnation, watch.view.collection, id))
    const row = rowOf(id, state)
    if (!isHeld) items.push({ kind: 'row', id, values: withoutId(row) })
    else {
      const fields = fieldsAfter(state, resume.cursor)
      if (fields.length > 0) items.push({ kind: 'patch', id, values: pick(state.values, fields) })
    }
  }
  for (const index of held.values()) items.push({ kind: 'leaveHeld', index })
  return items
}

function planBody(watch: Watch, results: CatchUpResults, resume: Resume | null, model: CollectionModel): CatchUpPlan {
  const { view } = watch
  const id = view.id as string
  const isVisible = isRecordIn(view, model, results)
  const base = { kind: 'serve', isWhole: false, bound: null, count: 0, isVisible } as const
  const body = results.body
  if (!isVisible) {
    const removed = results.record?.[0]?.removed ?? false
    const items: SnapshotItem[] = resume === null ? [] : [{ kind: 'leave', id, removed }]
    return { ...base, items, way: 'log' }
  }
  if (body === undefined || body.state === null) return { ...base, items: [], way: 'log' }
  if (resume === null) {
    return { ...base, isWhole: true, items: [{ kind: 'bodyState', bytes: body.state }], way: 'whole' }
  }
  if (resume.held !== null) {
    const bytes = resume.held.byteLength === 0 ? body.state : diffBody(body.state, resume.held)
    return { ...base, items: [{ kind: 'bodyUpdate', bytes }], way: 'held' }
  }
  if (!body.updates || results.changed === 'cut') return { kind: 'ask', reason: 'cut' }
  if (body.updates.length === 0) return { ...base, items: [], way: 'log' }
  // A merged tail still holds what was typed and deleted while the record was hidden; a diff of the state does not. The
  // rights may have been other ones in between, though they are again what they were. [G11]
  if (results.access === true) return { kind: 'ask', reason: 'cut' }
  const isIn = (values: RowValues | null) => values === null || isRowIn(view, model, id, values)
  const wasHidden = results.changed?.some(({ before, rows }) => !isIn(before) || !rows.every(isIn))
  if (wasHidden) return { kind: 'ask', reason: 'cut' }
  return { ...base, items: [{ kind: 'bodyUpdate', bytes: mergeUpdates(body.updates) }], way: 'log' }
}

/** Whether the record that the view is about is there, and in it. */
function isRecordIn(view: View, model: CollectionModel, { record }: CatchUpResults): boolean {
  const state = record?.[0]
  return view.id !== null && state !== undefined && !state.removed && isRowIn(view, model, view.id, state.values)
}

const isRowIn = (view: View, model: CollectionModel, id: string, values: RowValues): boolean =>
  view.matches(queryRowOf(id, withDefaults(model, values)))

function mustLack(watch: Watch): Extract<WatchPhase, { kind: 'lacking' }> {
  if (watch.phase.kind !== 'lacking') throw new Error('only a watch that lacks something is caught up')
  return watch.phase
}

function pick(values: RowValues, fields: readonly string[]): RowValues {
  const picked: Record<string, RowValues[string]> = {}
  for (const field of fields) picked[field] = values[field] ?? null
  picked.$updatedAt = values.$updatedAt ?? 0
  picked.$updatedBy = values.$updatedBy ?? ''
  return picked
}

function withoutId({ id: _, ...values }: RowValues): RowValues {
  return values
}
