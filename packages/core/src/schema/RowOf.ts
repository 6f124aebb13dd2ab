import type { RowKey, ValueOf } from './Field.js'
import type { Flat } from './Flat.js'

/** Set by the engine on every row; filter and sort by them like by fields. */
export interface RowMeta {
  /** Milliseconds, from the write's stamp: does not jump at commit. */
  readonly $createdAt: number
  readonly $createdBy: string
  readonly $updatedAt: number
  readonly $updatedBy: string
  /** Holds something that is not committed yet. */
  readonly $pending: boolean
}

export type RowOf<F> = Flat<{ readonly id: string } & { readonly [K in RowKey<F>]: ValueOf<F[K]> } & RowMeta>
