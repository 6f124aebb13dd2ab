import type { AnyCollection } from './Collection.js'
import type { OpenCollection } from './OpenCollection.js'
import { schemaModelOf } from './SchemaModel.js'

export interface SchemaDef<
  T extends readonly (AnyCollection | OpenCollection)[] = readonly (AnyCollection | OpenCollection)[],
> {
  readonly version: number
  readonly collections: T
}

/** All collections of an app, and the number of this state of them: one more with each change. */
export function defineSchema<const T extends readonly (AnyCollection | OpenCollection)[]>(schema: {
  version: number
  collections: T
}): SchemaDef<T> {
  const definition: SchemaDef<T> = Object.freeze({
    version: schema.version,
    collections: Object.freeze([...schema.collections]) as readonly unknown[] as T,
  })
  schemaModelOf(definition)
  return definition
}
