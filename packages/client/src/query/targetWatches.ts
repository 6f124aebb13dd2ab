import {
  type AnyCollection,
  checkId,
  type ListTarget,
  type RecordTarget,
  type SchemaDef,
  type SchemaModel,
} from '@tidemark/core'
import { collectionWatch, listWatch, recordWatch, type Watch } from './Watch.js'

export type AnyTarget = RecordTarget | ListTarget | AnyCollection | SchemaDef

/** What is to be watched for a target: a record, a list, a collection, or all of them. */
export function targetWatches(
  schema: SchemaModel,
  target: AnyTarget,
): readonly { readonly watch: Watch; readonly limit: number | null }[] {
  if ('record' in target && typeof target.record === 'string') {
    return [{ watch: recordWatch((target as RecordTarget).collection, checkId(target.record)), limit: null }]
  }
  if ('list' in target && typeof target.list === 'object') {
    const watch = listWatch(schema, (target as ListTarget).collection, target.list)
    return [{ watch, limit: watch.query.limit }]
  }
  if ('collections' in target) {
    return target.collections.map(({ name }) => ({ watch: collectionWatch(name), limit: null }))
  }
  return [{ watch: collectionWatch((target as AnyCollection).name), limit: null }]
}
