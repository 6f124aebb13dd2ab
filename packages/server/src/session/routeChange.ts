import {
  type BodyChange,
  queryRowOf,
  type RowChange,
  type RowValues,
  rowBefore,
  type SchemaModel,
  withDefaults,
} from '@tidemark/core'
import type { Fanout } from './Fanout.js'
import type { GatewaySession, Watch } from './GatewaySession.js'
import type { View } from './View.js'
import { type ViewTable, viewOfBodyNumber } from './ViewTable.js'

/** What a row change means for one session. */
interface Effect {
  /** Some live watch held the record before; some holds it after. */
  held: boolean
  holds: boolean
  /** Enters and leaves, by their chunk numbers. */
  readonly moves: number[]
}

/** Tells the sessions whose live watches contain the row before or after it, each once. [G8] */
export function routeRowChange(schema: SchemaModel, views: ViewTable, fanout: Fanout, change: RowChange): void {
  const before = rowOf(schema, change, rowBefore(change))
  const after = rowOf(schema, change, change.after)
  const effectBySession = new Map<GatewaySession, Effect>()
  for (const routed of views.interest.route(change.collection, before, after)) {
    const view = views.byNumber(routed.view)
    for (const watch of views.watchesOf(view)) {
      if (!watch.isLive) continue
      const was = routed.before && (before === null ? false : watch.covers(before))
      const is = routed.after && (after === null ? false : watch.covers(after))
      if (!was && !is) continue
      let effect = effectBySession.get(watch.session)
      if (effect === undefined) {
        effect = { held: false, holds: false, moves: [] }
        effectBySession.set(watch.session, effect)
      }
      routeToWatch(fanout, change, view, watch, was, is, effect)
    }
  }
  for (const [session, { held, holds, moves }] of effectBySession) {
    const chunk = rowChunk(fanout, change, held, holds)
    if (chunk !== null) fanout.tell(session, chunk)
    for (const move of moves) fanout.tell(session, move)
  }
}

/** A body grew: told to those who watch the body and may see its record. */
export function routeBodyChange(views: ViewTable, fanout: Fanout, change: BodyChange): void {
  for (const number of views.interest.routeBody(change.collection, change.id)) {
    for (const watch of views.watchesOf(views.byNumber(viewOfBodyNumber(number)))) {
      if (!watch.isLive || !watch.isVisible) continue
      const { seq, collection, id, userId, update } = change
      const make = () => ({ kind: 'body', seq, collection, id, userId, update }) as const
      fanout.tell(watch.session, fanout.chunk(`body:${seq}`, make))
    }
  }
}

function routeToWatch(
  fanout: Fanout,
  change: RowChange,
  view: View,
  watch: Watch,
  was: boolean,
  is: boolean,
  effect: Effect,
): void {
  if (view.kind === 'count') {
    if (was === is) return
    watch.count += is ? 1 : -1
    const { count } = watch
    effect.moves.push(
      fanout.chunk(`count:${change.seq}:${view.number}:${count}`, () => ({ kind: 'count', view: view.number, count })),
    )
    return
  }
  if (was !== is && view.id !== null) {
    watch.isVisible = is
    if (!is) fanout.goesOutOfSight(watch)
  }
  if (view.kind === 'body') {
    if (was === is) return
    if (is) {
      // A record made just now has its body still to come, in order; one that comes into sight has to be read.
      const isNew = change.kind === 'insert'
      if (!isNew) fanout.comesIntoSight(watch)
      return
    }
    effect.moves.push(moveChunk(fanout, change, view, 'leave'))
    return
  }
  effect.held ||= was
  effect.holds ||= is
  if (was === is) return
  watch.count += is ? 1 : -1
  fanout.countMoved(watch)
  if (is || change.kind !== 'remove') effect.moves.push(moveChunk(fanout, change, view, is ? 'enter' : 'leave'))
}

function rowChunk(fanout: Fanout, change: RowChange, held: boolean, holds: boolean): number | null {
  const { seq, collection, id, userId, at } = change
  const base = { seq, collection, id }
  if (change.kind === 'remove') {
    return held ? fanout.chunk(`removed:${seq}`, () => ({ kind: 'removed', ...base, userId, at })) : null
  }
  if (!holds) return null
  const values = change.after as RowValues
  if (!held) {
    const isInsert = change.kind === 'insert'
    return fanout.chunk(`row:${seq}`, () => ({ kind: 'row', ...base, isInsert, values }))
  }
  return fanout.chunk(`patch:${seq}`, () => ({ kind: 'patch', ...base, values: touched(change, values) }))
}

function moveChunk(fanout: Fanout, change: RowChange, view: View, kind: 'enter' | 'leave'): number {
  const { id } = change
  return fanout.chunk(`${kind}:${change.seq}:${view.number}`, () => ({ kind, view: view.number, id }))
}

function touched(change: RowChange, after: RowValues): RowValues {
  const values: Record<string, RowValues[string]> = {}
  for (const field of change.fields) values[field] = after[field] ?? null
  values.$updatedAt = after.$updatedAt ?? 0
  values.$updatedBy = after.$updatedBy ?? ''
  return values
}

function rowOf(schema: SchemaModel, { collection, id }: RowChange, values: RowValues | null): RowValues | null {
  if (values === null) return null
  const model = schema.collectionByName.get(collection)
  return queryRowOf(id, model === undefined ? values : withDefaults(model, values))
}
