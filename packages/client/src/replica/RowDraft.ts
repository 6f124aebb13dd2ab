import type { RowValues } from '@tidemark/core'
import type { Confirmed } from './Confirmed.js'
import type { Known } from './coverage.js'
import type { DeltaRow, DroppedRow } from './Delta.js'
import { rowKeyOf } from './RowRef.js'

interface Draft {
  readonly values: RowValues
  readonly views: Set<string>
  readonly isRead: boolean
}

/** The rows that a message touches while it is being read: on top of the confirmed ones, which stay as they are. */
export class RowDraft {
  readonly #confirmed: Confirmed
  readonly #drafts = new Map<string, Draft | null>()
  /** Subscriptions that it left, by row. */
  readonly #leftByRef = new Map<string, Set<string>>()
  readonly #hasUnloadedOf = new Map<string, boolean>()
  /** Left the watch of the record itself: it can no longer be read. */
  readonly #denied = new Set<string>()

  constructor(confirmed: Confirmed) {
    this.#confirmed = confirmed
  }

  get(ref: string): Draft | undefined {
    const draft = this.#drafts.get(ref)
    if (draft !== undefined) return draft ?? undefined
    const { collection, id } = rowKeyOf(ref)
    const row = this.#confirmed.row(collection, id)
    return row && { values: row.values, views: new Set(row.views), isRead: row.isRead }
  }

  /** Puts a whole row; it stays covered by what covered it. */
  put(ref: string, values: RowValues): void {
    // What covered a removed row is known not to cover it now.
    const { views = new Set<string>(), isRead = this.#drafts.get(ref) === null } = this.get(ref) ?? {}
    this.#drafts.set(ref, { values, views, isRead })
    this.#denied.delete(ref)
  }

  /** Sets fields of a row that is here; false if it is not. */
  patch(ref: string, values: RowValues): boolean {
    const row = this.get(ref)
    if (row === undefined) return false
    this.#drafts.set(ref, { ...row, values: { ...row.values, ...values } })
    return true
  }

  /** False if the row is not here. */
  cover(ref: string, view: string): boolean {
    const row = this.get(ref)
    if (row === undefined) return false
    row.views.add(view)
    this.#leftByRef.get(ref)?.delete(view)
    this.#drafts.set(ref, row)
    return true
  }

  uncover(ref: string, view: string): void {
    const row = this.get(ref)
    if (row === undefined || !row.views.has(view)) return
    row.views.delete(view)
    const left = this.#leftByRef.get(ref)
    if (left) left.add(view)
    else this.#leftByRef.set(ref, new Set([view]))
    this.#drafts.set(ref, row)
    if (view.startsWith('r/')) this.#denied.add(ref)
  }

  /** What a view covers as things stand in the draft. */
  coveredBy(view: string): readonly string[] {
    const refs = new Set(this.#confirmed.refsOf(view))
    for (const [ref, draft] of this.#drafts) {
      if (draft?.views.has(view)) refs.add(ref)
      else refs.delete(ref)
    }
    return [...refs]
  }

  remove(ref: string): void {
    this.#drafts.set(ref, null)
  }

  /** Looks at a row again at the end: it may have nothing any more that keeps it. */
  touch(ref: string): void {
    const row = this.get(ref)
    if (row && !this.#drafts.has(ref)) this.#drafts.set(ref, row)
  }

  /** What is to be kept and what to be dropped; a row that nothing covers is kept only if `isNeeded` says so. */
  finish(isNeeded: (ref: string) => boolean): { rows: DeltaRow[]; droppedRows: DroppedRow[] } {
    const rows: DeltaRow[] = []
    const droppedRows: DroppedRow[] = []
    for (const [ref, draft] of this.#drafts) {
      const key = rowKeyOf(ref)
      if (draft === null) droppedRows.push({ ...key, isRead: true, why: 'removed' })
      else if (draft.views.size > 0 || isNeeded(ref)) {
        rows.push({ ...key, values: draft.values, views: [...draft.views], ...this.#known(ref, draft) })
      } else if (this.#confirmed.row(key.collection, key.id) !== undefined) {
        droppedRows.push({ ...key, why: this.#denied.has(ref) ? 'denied' : 'left', ...this.#known(ref, draft) })
      }
    }
    return { rows, droppedRows }
  }

  /** Looked up once for all rows of a message. */
  #hasUnloaded(collection: string): boolean {
    let has = this.#hasUnloadedOf.get(collection)
    if (has === undefined) {
      has = this.#confirmed.hasUnloaded(collection)
      this.#hasUnloadedOf.set(collection, has)
    }
    return has
  }

  /** As of now: what is loaded may be another by the time this is stored. */
  #known(ref: string, { isRead }: Draft): Known {
    if (isRead || !this.#hasUnloaded(rowKeyOf(ref).collection)) return { isRead: true }
    return { isRead: false, left: [...(this.#leftByRef.get(ref) ?? [])] }
  }
}
