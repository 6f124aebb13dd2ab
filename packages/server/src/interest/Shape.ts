import { type QueryRow, type Scalar, scalarOf } from '@tidemark/core'
import type { Residual } from './Residuals.js'

/** Views with one key and one residual condition: either all of them contain a row or none. */
export interface Entry {
  readonly shape: Shape
  readonly key: Scalar
  readonly residual: Residual
  /** A lone view is the usual case, and a million sets of one would be most of the memory. */
  views: number | Set<number>
}

/** What is under one key: mostly one entry, so the map comes with the second. */
type Slot = Entry | Map<Residual, Entry>

/**
 * The views of a collection that ask for equality on the same fields, found by the values of these fields. The shape
 * without fields holds those that ask for none, all under one key.
 */
export class Shape {
  readonly #slotByKey = new Map<Scalar, Slot>()
  /** How many of its views have several keys. While there are none, no view can be found twice for one row. */
  severalKeyed = 0

  constructor(
    readonly collection: string,
    /** Sorted. */
    readonly fields: readonly string[],
  ) {}

  get keyCount(): number {
    return this.#slotByKey.size
  }

  add(key: Scalar, residual: Residual, view: number): Entry {
    const slot = this.#slotByKey.get(key)
    const known = slot instanceof Map ? slot.get(residual) : slot?.residual === residual ? slot : undefined
    if (known !== undefined) {
      if (typeof known.views === 'number') known.views = new Set([known.views])
      known.views.add(view)
      return known
    }
    const entry: Entry = { shape: this, key, residual, views: view }
    if (slot === undefined) this.#slotByKey.set(key, entry)
    else if (slot instanceof Map) slot.set(residual, entry)
    else this.#slotByKey.set(key, new Map([slot, entry].map(each => [each.residual, each])))
    return entry
  }

  remove(entry: Entry, view: number): void {
    if (typeof entry.views !== 'number') {
      entry.views.delete(view)
      if (entry.views.size > 0) return
    }
    const slot = this.#slotByKey.get(entry.key)
    if (slot instanceof Map) slot.delete(entry.residual)
    if (!(slot instanceof Map) || slot.size === 0) this.#slotByKey.delete(entry.key)
  }

  /** The key of the views that this row can be in. */
  keyOf(row: QueryRow): Scalar {
    const { fields } = this
    if (fields.length === 0) return null
    if (fields.length === 1) return scalarOf(row, fields[0] as string)
    let key = ''
    for (const field of fields) key += keyPart(scalarOf(row, field))
    return key
  }

  /** The keys of a view: one for each combination of the values that it allows, given in the order of the fields. */
  keysOf(valueLists: readonly (readonly Scalar[])[]): readonly Scalar[] {
    const [first, ...others] = valueLists
    if (first === undefined) return [null]
    if (others.length === 0) return first
    let keys = ['']
    for (const values of valueLists) keys = keys.flatMap(key => values.map(value => key + keyPart(value)))
    return keys
  }

  visit(key: Scalar, visit: (entry: Entry) => void): void {
    const slot = this.#slotByKey.get(key)
    if (slot instanceof Map) slot.forEach(visit)
    else if (slot !== undefined) visit(slot)
  }
}

/** Each part says where it ends, so that no two lists of values read alike. */
function keyPart(value: Scalar): string {
  if (typeof value === 'string') return `${value.length}:${value}`
  if (typeof value === 'number') return `#${value};`
  return value === null ? 'n' : value ? 't' : 'f'
}
