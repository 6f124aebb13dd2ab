import type { QueryRow } from '@tidemark/core'
import type { Shape } from './Shape.js'

/** A view that contains a row before a change, after it, or both. Window bounds are not looked at. */
export interface Routed {
  readonly view: number
  readonly before: boolean
  readonly after: boolean
}

/** Adds the views of one shape that contain the row before or after to `routed`, each once. */
export function routeThrough(shape: Shape, before: QueryRow | null, after: QueryRow | null, routed: Routed[]): void {
  const keyBefore = before === null ? undefined : shape.keyOf(before)
  const keyAfter = after === null ? undefined : shape.keyOf(after)
  if (keyBefore === keyAfter) {
    if (keyBefore === undefined) return
    shape.visit(keyBefore, ({ residual, views }) => {
      const isBefore = before !== null && residual.matches(before)
      const isAfter = after !== null && residual.matches(after)
      if (isBefore || isAfter) push(routed, views, isBefore, isAfter)
    })
    return
  }
  const start = routed.length
  if (before !== null && keyBefore !== undefined) {
    shape.visit(keyBefore, ({ residual, views }) => {
      if (residual.matches(before)) push(routed, views, true, false)
    })
  }
  if (after === null || keyAfter === undefined) return
  // A view that allows several values can be under both keys.
  const placeByView = shape.severalKeyed > 0 ? placesFrom(routed, start) : undefined
  shape.visit(keyAfter, ({ residual, views }) => {
    if (!residual.matches(after)) return
    if (placeByView === undefined) {
      push(routed, views, false, true)
      return
    }
    for (const view of typeof views === 'number' ? [views] : views) {
      const place = placeByView.get(view)
      if (place === undefined) routed.push({ view, before: false, after: true })
      else routed[place] = { view, before: true, after: true }
    }
  })
}

function push(routed: Routed[], views: number | ReadonlySet<number>, before: boolean, after: boolean): void {
  if (typeof views === 'number') routed.push({ view: views, before, after })
  else for (const view of views) routed.push({ view, before, after })
}

function placesFrom(routed: readonly Routed[], start: number): Map<number, number> {
  const placeByView = new Map<number, number>()
  for (let place = start; place < routed.length; place++) placeByView.set((routed[place] as Routed).view, place)
  return placeByView
}
