import { parseQuery } from '../query/parseQuery.js'
import { parseWhere } from '../query/parseWhere.js'
import type { CheckFields } from './CheckFields.js'
import { modelOf } from './CollectionModel.js'
import type { Fields } from './Field.js'
import type { ClientInsert } from './InsertOf.js'
import { insertSchema } from './insertSchema.js'
import type { ClientPatch } from './PatchOf.js'
import type { Filter, IndexKey, QueryOf, WhereOf } from './QueryOf.js'
import type { RowOf } from './RowOf.js'
import type { Schema } from './Schema.js'
import type { ListTarget, RecordTarget } from './Target.js'

// biome-ignore lint/suspicious/noExplicitAny: the default stands for the fields of any collection, in both directions
export interface Collection<N extends string = string, F = any> {
  readonly name: N
  readonly fields: F
  /** A Standard Schema of what `insert` takes: for forms. */
  readonly input: Schema<ClientInsert<F>, ClientInsert<F>>
  /** A record or a list as a plain value: for prefetch, snapshots, changes, presence. */
  record(id: string): RecordTarget<N, F>
  list(query: QueryOf<F>): ListTarget<N, F>
  /** A condition as a checked value: for read rules (they must use it) and for reuse in queries. */
  where(condition: WhereOf<F>): Filter<F>
}
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyCollection = Collection<string, any>
export type FieldsOf<C> = C extends { readonly fields: infer F } ? F : never

/** The types of a collection, for users' own signatures: `Row<typeof tasks>`. */
export type Row<C extends AnyCollection> = RowOf<FieldsOf<C>>
export type Insert<C extends AnyCollection> = ClientInsert<FieldsOf<C>>
export type Patch<C extends AnyCollection> = ClientPatch<FieldsOf<C>>
export type Where<C extends AnyCollection> = WhereOf<FieldsOf<C>>
export type Query<C extends AnyCollection> = QueryOf<FieldsOf<C>>

export interface CollectionOptions<F> {
  /** Fields by which lists are filtered or sorted often; several in one entry make one index over all of them. */
  readonly indexes?: readonly (IndexKey<F> | readonly IndexKey<F>[])[]
}

/** Defines a collection: records of one kind, with the fields of their rows and bodies. */
export function collection<const N extends string, F extends Fields>(
  name: N,
  fields: F & CheckFields<F>,
  options: CollectionOptions<F> = {},
): Collection<N, F> {
  const indexes = (options.indexes ?? []).map(index => (typeof index === 'string' ? [index] : index))
  const definition: Collection<N, F> & { readonly indexes: readonly (readonly string[])[] } = Object.freeze({
    name,
    fields: Object.freeze({ ...fields }),
    indexes,
    input: insertSchema<ClientInsert<F>>(() => modelOf(definition)),
    record: (id: string) => ({ collection: name, record: id }),
    list(query: QueryOf<F>) {
      parseQuery(query, modelOf(definition).lookup)
      return { collection: name, list: query }
    },
    where(condition: WhereOf<F>) {
      parseWhere(condition, modelOf(definition).lookup)
      return condition as Filter<F>
    },
  })
  modelOf(definition) // a wrong definition throws here, where it stands
  return definition
}
