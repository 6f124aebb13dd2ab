import type { Json } from '../json/Json.js'
import type { CollectionModel } from './CollectionModel.js'

/** A stored row as it reads now: fields that are younger than it have their default. The same object if none is. */
export function withDefaults<T extends Readonly<Record<string, Json>>>(model: CollectionModel, values: T): T {
  let filled: Record<string, Json> | undefined
  for (const { name, defaultValue } of model.fields) {
    if (defaultValue === undefined || values[name] !== undefined) continue
    filled ??= { ...values }
    filled[name] = defaultValue
  }
  return (filled as T | undefined) ?? values
}
