import { knownAfter, viewsAfter } from './coverage.js'
import { type Delta, type DeltaRow, type DroppedRow, emptyDelta } from './Delta.js'
import { rowRef } from './RowRef.js'

/** Several deltas as one: what they touch is as the last one has it. */
export function joinDeltas(deltas: readonly Delta[]): Delta {
  const [only] = deltas
  if (only === undefined) return emptyDelta
  if (deltas.length === 1) return only
  const rows = new Map<string, DeltaRow | DroppedRow>()
  const subscriptions = new Map<string, Delta['subscriptions'][number]>()
  const live = new Set<string>()
  const forgotten = new Set<string>()
  let position: Delta['position'] = null
  let meta: Delta['meta'] = {}
  for (const delta of deltas) {
    for (const row of [...delta.rows, ...delta.droppedRows]) {
      const ref = rowRef(row.collection, row.id)
      rows.set(ref, rowAfter(rows.get(ref), row))
    }
    for (const subscription of delta.subscriptions) {
      subscriptions.set(subscription.key, subscription)
      forgotten.delete(subscription.key)
    }
    for (const key of delta.live) live.add(key)
    for (const key of delta.forgotten) {
      forgotten.add(key)
      subscriptions.delete(key)
    }
    position = delta.position ?? position
    meta = { ...meta, ...delta.meta }
  }
  return {
    rows: [...rows.values()].filter(isKept),
    droppedRows: [...rows.values()].filter(row => !isKept(row)) as DroppedRow[],
    subscriptions: [...subscriptions.values()],
    live: [...live],
    forgotten: [...forgotten],
    position,
    bodies: deltas.flatMap(delta => delta.bodies),
    answers: deltas.flatMap(delta => delta.answers),
    rejections: deltas.flatMap(delta => delta.rejections),
    outcomes: deltas.flatMap(delta => delta.outcomes),
    events: deltas.flatMap(delta => delta.events),
    meta,
  }
}

const isKept = (row: DeltaRow | DroppedRow): row is DeltaRow => 'values' in row

/** What the later change does not know of, the earlier one says. */
function rowAfter(before: DeltaRow | DroppedRow | undefined, row: DeltaRow | DroppedRow): DeltaRow | DroppedRow {
  if (before === undefined || row.isRead) return row
  const views = viewsAfter(isKept(before) ? before.views : [], isKept(row) ? row.views : [], row)
  const known = knownAfter(before, row, views)
  if (isKept(row)) return { ...row, views, ...known }
  return isKept(before) && views.length > 0 ? { ...before, views, ...known } : { ...row, ...known }
}
