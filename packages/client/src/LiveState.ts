import type { ClientPatch, Flat, Receipt, RowOf, TextKey, TidemarkError } from '@tidemark/core'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'

/** A value over time, as `useSyncExternalStore` takes it. A snapshot is the same object while nothing changed. */
export interface LiveStore<T> {
  getSnapshot(): T
  getServerSnapshot(): T
  subscribe(listener: () => void): () => void
}

/** Where what is shown comes from, and whether it is known to be current. */
export type Freshness = 'live' | 'catching-up' | 'cached' | 'server-render'

export interface LiveRecordBase<F> {
  readonly freshness: Freshness
  /** Holds something that is not committed yet. */
  readonly pending: boolean
  retry(): void
  update(patch: ClientPatch<F>): Receipt
  remove(): Receipt
}

/** One record as it is now. `idle`: no id was given; `unavailable`: not in the replica, and offline. */
export type LiveRecord<F, R> = LiveRecordBase<F> &
  (
    | { readonly status: 'loading' | 'unavailable' | 'idle'; readonly data: undefined; readonly error: null }
    | { readonly status: 'ready'; readonly data: R; readonly error: null }
    | {
        readonly status: 'missing'
        readonly data: undefined
        readonly error: null
        /** `denied` only for what this replica could once read: else it would tell strangers what exists. */
        readonly reason: 'not-found' | 'deleted' | 'denied'
      }
    | { readonly status: 'error'; readonly data: R | undefined; readonly error: TidemarkError }
  )

/** One list as it is now. `complete` only while the cursor proves it; `partial`: what is known here. */
export interface LiveList<R> {
  readonly status: 'idle' | 'loading' | 'partial' | 'complete' | 'unavailable' | 'error'
  readonly data: readonly R[]
  readonly freshness: Freshness
  readonly error: TidemarkError | null
  readonly hasMore: boolean
  readonly loadingMore: boolean
  loadMore(n?: number): void
  retry(): void
}

/** Counted on the node, plus the outbox. */
export interface LiveCount {
  readonly status: LiveList<never>['status']
  readonly data: number | undefined
  readonly freshness: Freshness
  readonly error: TidemarkError | null
}

/** A row, or of it only what was selected. */
export type Picked<F, K> = [K] extends [never] ? RowOf<F> : Flat<Pick<RowOf<F>, (K | 'id') & keyof RowOf<F>>>
export interface SelectOption<F, K extends keyof RowOf<F>> {
  readonly select?: readonly K[]
}

type RecordStatus = LiveRecord<unknown, never>['status']

/** A text of a record's body, for an editor. A new object after a rebuild. */
export type LiveTextOf<F, K> =
  K extends TextKey<F>
    ? {
        readonly status: RecordStatus
        readonly text: Y.Text | undefined
        readonly awareness: Awareness | undefined
      }
    : {
        readonly status: RecordStatus
        readonly fragment: Y.XmlFragment | undefined
        readonly awareness: Awareness | undefined
      }

/** The whole body of a record of an open collection. A new document after a rebuild. */
export interface LiveDoc {
  readonly status: RecordStatus
  readonly doc: Y.Doc | undefined
  readonly awareness: Awareness | undefined
}
