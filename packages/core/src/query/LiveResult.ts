import { equalJson } from '../json/equalJson.js'
import { compileMatcher, type Matcher } from './compileMatcher.js'
import type { ListQuery, SortTerm } from './ListQuery.js'
import type { QueryRow } from './QueryRow.js'
import { type Bound, compareSortKeys, isWithin, type SortKey, sortKeyOf } from './sortKey.js'

/** One row as it is now, or that it is gone. */
export interface ResultChange {
  readonly id: string
  readonly after: QueryRow | undefined
}

/** How much of the list is shown: rows up to the bound, of those the first `limit`. */
export interface ListWindow {
  readonly bound: Bound
  readonly limit: number | null
}

interface Entry {
  readonly row: QueryRow
  readonly key: SortKey
}

/**
 * The result of one query, kept up to date row by row; equal at any time to evaluating the query anew.
 *
 * Keeps every matching row it was fed, those beyond the window too, so that a window can move without asking
 * anybody. `rows` and `ids` are the same arrays until their content changes, and a row that arrives again with equal
 * content keeps its old object. The key of a row ends with its id: keys are unique, and binary search finds the one
 * place of each.
 */
export class LiveResult {
  readonly #orderBy: readonly SortTerm[]
  readonly #matches: Matcher
  readonly #entryById = new Map<string, Entry>()
  #sorted: Entry[] = []
  /** The rows of `#sorted`, so that showing the first n is one slice. */
  #sortedRows: QueryRow[] = []
  #window: ListWindow
  #rowsWithin = 0
  #rows: readonly QueryRow[] = []
  #ids: readonly string[] = []
  #idsOf: readonly QueryRow[] = this.#rows

  constructor(query: ListQuery, bound: Bound = null) {
    this.#orderBy = query.orderBy
    this.#matches = compileMatcher(query.where)
    this.#window = { bound, limit: query.limit }
  }

  get rows(): readonly QueryRow[] {
    return this.#rows
  }

  get ids(): readonly string[] {
    if (this.#idsOf !== this.#rows) {
      this.#idsOf = this.#rows
      if (!hasIds(this.#rows, this.#ids)) this.#ids = this.#rows.map(row => row.id as string)
    }
    return this.#ids
  }

  /** How many matching rows stand within the bound, beyond the limit too: fewer than the limit is a drained window. */
  get countWithin(): number {
    return this.#rowsWithin
  }

  get window(): ListWindow {
    return this.#window
  }

  /** Takes a batch in, the last change of an id counting, and says whether `rows` changed. */
  apply(changes: Iterable<ResultChange>): boolean {
    const entryById = this.#relevant(changes)
    if (entryById.size === 0) return false
    // A splice moves half the list, a sort compares all of it: from here on one sort is cheaper.
    if (entryById.size > 16 + this.#sorted.length / 64) {
      this.#rebuild(entryById)
      return this.#show(0)
    }
    let firstMoved = this.#sorted.length
    for (const [id, entry] of entryById) firstMoved = Math.min(firstMoved, this.#move(id, entry))
    return this.#show(firstMoved)
  }

  /** Shows more or less of the same list, and says whether `rows` changed. */
  moveWindow(window: ListWindow): boolean {
    this.#window = window
    return this.#show(0)
  }

  /** What the batch really changes here: the new entry of a row, or undefined for one that leaves. */
  #relevant(changes: Iterable<ResultChange>): ReadonlyMap<string, Entry | undefined> {
    const rowById = new Map<string, QueryRow | undefined>()
    for (const { id, after } of changes) rowById.set(id, after)
    const entryById = new Map<string, Entry | undefined>()
    for (const [id, row] of rowById) {
      const known = this.#entryById.get(id)
      if (row === undefined || !this.#matches(row)) {
        if (known) entryById.set(id, undefined)
      } else if (!known || (known.row !== row && !equalJson(known.row, row))) {
        entryById.set(id, { row, key: sortKeyOf(this.#orderBy, row) })
      }
    }
    return entryById
  }

  /** Puts one row in its place, and answers the first place whose row is another now. */
  #move(id: string, entry: Entry | undefined): number {
    const known = this.#entryById.get(id)
    this.#remember(id, entry)
    const from = known ? this.#placeOf(known) : this.#sorted.length
    if (known && entry && this.#compare(known, entry) === 0) {
      this.#sorted[from] = entry
      this.#sortedRows[from] = entry.row
      return from
    }
    if (known) {
      this.#sorted.splice(from, 1)
      this.#sortedRows.splice(from, 1)
    }
    if (!entry) return from
    const to = this.#placeOf(entry)
    this.#sorted.splice(to, 0, entry)
    this.#sortedRows.splice(to, 0, entry.row)
    return Math.min(from, to)
  }

  #rebuild(entryById: ReadonlyMap<string, Entry | undefined>): void {
    const stay = this.#sorted.filter(entry => !entryById.has(entry.row.id as string))
    const arrive: Entry[] = []
    for (const [id, entry] of entryById) {
      this.#remember(id, entry)
      if (entry) arrive.push(entry)
    }
    // Two sorted runs: sorting them together is one merge.
    this.#sorted = stay.concat(arrive.sort(this.#compare)).sort(this.#compare)
    this.#sortedRows = this.#sorted.map(entry => entry.row)
  }

  #remember(id: string, entry: Entry | undefined): void {
    if (entry) this.#entryById.set(id, entry)
    else this.#entryById.delete(id)
  }

  /** Takes `rows` anew, knowing that the rows before `from` stand where they stood. */
  #show(from: number): boolean {
    const { bound, limit } = this.#window
    this.#rowsWithin = bound === null ? this.#sorted.length : this.#countUpTo(bound)
    const length = limit === null ? this.#rowsWithin : Math.min(limit, this.#rowsWithin)
    if (this.#rows.length === length && this.#showsFrom(from, length)) return false
    this.#rows = this.#sortedRows.slice(0, length)
    return true
  }

  #showsFrom(from: number, length: number): boolean {
    for (let index = from; index < length; index++) if (this.#sortedRows[index] !== this.#rows[index]) return false
    return true
  }

  /** Where the entry stands, or would stand, among the sorted. */
  #placeOf(entry: Entry): number {
    return this.#countWhile(other => this.#compare(other, entry) < 0)
  }

  #countUpTo(bound: Bound): number {
    return this.#countWhile(entry => isWithin(this.#orderBy, bound, entry.key))
  }

  /** By binary search: how many entries, from the first on, satisfy what later ones do not. */
  #countWhile(holds: (entry: Entry) => boolean): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#sorted[middle] as Entry)) low = middle + 1
      else high = middle
    }
    return low
  }

  readonly #compare = (a: Entry, b: Entry): number => compareSortKeys(this.#orderBy, a.key, b.key)
}

function hasIds(rows: readonly QueryRow[], ids: readonly string[]): boolean {
  return rows.length === ids.length && rows.every((row, index) => row.id === ids[index])
}
