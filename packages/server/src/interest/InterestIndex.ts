import type { Condition, QueryRow } from '@tidemark/core'
import { BodyWatchers } from './BodyWatchers.js'
import { indexedTerms } from './indexedTerms.js'
import { Residuals } from './Residuals.js'
import { type Routed, routeThrough } from './routeThrough.js'
import { type Entry, Shape } from './Shape.js'

/**
 * Which views of one workspace a change touches. [G8]
 *
 * Equality terms are looked up, not evaluated: a change costs one look-up a shape and image, and then what is under
 * its keys. What else a condition asks for is evaluated once for all views under a key that share it.
 */
export class InterestIndex {
  /** Shapes by their fields. */
  readonly #shapesByCollection = new Map<string, Map<string, Shape>>()
  /** Where each view was put: several entries if it has several keys. */
  readonly #placeByView = new Map<number, Entry | readonly Entry[]>()
  readonly #residuals = new Residuals()
  readonly #bodies = new BodyWatchers()

  /** The view has the rows of the collection that satisfy `where`. Its number is new here. */
  add(view: number, collection: string, where: Condition): void {
    this.#mustBeNew(view)
    const { fields, valueLists, rest } = indexedTerms(where)
    const shape = this.#shapeOf(collection, fields)
    const residual = this.#residuals.use(rest)
    const entries = shape.keysOf(valueLists).map(key => shape.add(key, residual, view))
    if (entries.length > 1) shape.severalKeyed++
    this.#placeByView.set(view, entries.length === 1 ? (entries[0] as Entry) : entries)
  }

  /** The view is the body of a record. Its number is new here. */
  addBody(view: number, collection: string, id: string): void {
    this.#mustBeNew(view)
    this.#bodies.add(view, collection, id)
  }

  /** Takes out a view of either kind. One that is not there is left at that. */
  remove(view: number): void {
    this.#bodies.remove(view)
    const place = this.#placeByView.get(view)
    if (place === undefined) return
    this.#placeByView.delete(view)
    const entries = [place].flat()
    const { shape, residual } = entries[0] as Entry
    for (const entry of entries) shape.remove(entry, view)
    if (entries.length > 1) shape.severalKeyed--
    this.#residuals.release(residual)
    if (shape.keyCount === 0) this.#forget(shape)
  }

  /** The views that contain the row before or after, each once. A row that is not there yet, or no longer, is null. */
  route(collection: string, before: QueryRow | null, after: QueryRow | null): readonly Routed[] {
    const routed: Routed[] = []
    const shapes = this.#shapesByCollection.get(collection)
    if (shapes !== undefined) for (const shape of shapes.values()) routeThrough(shape, before, after, routed)
    return routed
  }

  /** The views of this body. */
  routeBody(collection: string, id: string): readonly number[] {
    return this.#bodies.of(collection, id)
  }

  /** How much is held: all zero when every view has been taken out. */
  get size(): InterestSize {
    const shapes = [...this.#shapesByCollection.values()].flatMap(shapesByFields => [...shapesByFields.values()])
    return {
      views: this.#placeByView.size,
      bodies: this.#bodies.size,
      shapes: shapes.length,
      keys: shapes.reduce((keys, shape) => keys + shape.keyCount, 0),
      residuals: this.#residuals.size,
    }
  }

  #shapeOf(collection: string, fields: readonly string[]): Shape {
    let shapes = this.#shapesByCollection.get(collection)
    if (shapes === undefined) {
      shapes = new Map()
      this.#shapesByCollection.set(collection, shapes)
    }
    const name = nameOf(fields)
    let shape = shapes.get(name)
    if (shape === undefined) {
      shape = new Shape(collection, fields)
      shapes.set(name, shape)
    }
    return shape
  }

  #forget({ collection, fields }: Shape): void {
    const shapes = this.#shapesByCollection.get(collection)
    shapes?.delete(nameOf(fields))
    if (shapes?.size === 0) this.#shapesByCollection.delete(collection)
  }

  #mustBeNew(view: number): void {
    if (this.#placeByView.has(view) || this.#bodies.has(view)) throw new Error(`view ${view} is in the index already`)
  }
}

export interface InterestSize {
  readonly views: number
  readonly bodies: number
  readonly shapes: number
  readonly keys: number
  readonly residuals: number
}

const nameOf = (fields: readonly string[]): string => JSON.stringify(fields)
