import type { Scalar } from '../json/Json.js'
import type { RowKey, SetField, SetKey, ValueOf } from './Field.js'
import type { Flat } from './Flat.js'
import type { RowMeta } from './RowOf.js'
import type { Out } from './Schema.js'

type MetaFilterKey = Exclude<keyof RowMeta, '$pending'>
type ScalarKey<F> = { [K in RowKey<F>]: [ValueOf<F[K]>] extends [Scalar] ? K : never }[RowKey<F>]

type RangeOps<V> = {
  readonly gt?: NonNullable<V>
  readonly gte?: NonNullable<V>
  readonly lt?: NonNullable<V>
  readonly lte?: NonNullable<V>
}
type StringOps = {
  readonly startsWith?: string
  /** A substring; case is ignored. */
  readonly contains?: string
}
// biome-ignore lint/complexity/noBannedTypes: the neutral element of an intersection
type Nothing = {}
type Ops<V> = {
  readonly ne?: V
  readonly in?: readonly V[]
  readonly notIn?: readonly V[]
} & (Extract<V, string | number> extends never ? Nothing : RangeOps<V>) &
  (Extract<V, string> extends never ? Nothing : StringOps)

/** A value, or operators that all must hold. */
export type ConditionOf<V> = V | Flat<Ops<V>>

export type WhereOf<F> = { readonly id?: ConditionOf<string> } & {
  readonly [K in MetaFilterKey]?: ConditionOf<RowMeta[K]>
} & { readonly [K in ScalarKey<F>]?: ConditionOf<ValueOf<F[K]>> } & {
  readonly [K in SetKey<F>]?: F[K] extends SetField<infer S> ? { readonly has: Out<S> } : never
} & { readonly and?: readonly WhereOf<F>[]; readonly or?: readonly WhereOf<F>[]; readonly not?: WhereOf<F> }

type SortKey<F> = ('id' | MetaFilterKey | ScalarKey<F>) & string
/** `-` in front sorts downwards. */
export type OrderKey<F> = SortKey<F> | `-${SortKey<F>}`
export type IndexKey<F> = SortKey<F> | (SetKey<F> & string)

export interface QueryOf<F> {
  readonly where?: WhereOf<F>
  /** `id` breaks ties, so the order is always total. */
  readonly orderBy?: OrderKey<F> | readonly OrderKey<F>[]
  readonly limit?: number
}

declare const filterBrand: unique symbol
/** A condition that went through `collection.where`: read rules take no other, so no wrong field slips in. */
export type Filter<F> = WhereOf<F> & { readonly '~filter'?: never; readonly [filterBrand]: true }
