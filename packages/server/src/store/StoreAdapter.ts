import type { SchemaModel } from '@tidemark/core'
import type { Store } from './Store.js'

/** What `createNode` takes as its `store`: opened with the schema, so that declared fields get their indexes. */
export interface StoreAdapter {
  readonly '~store': true
  /** Other nodes may be at the same store. */
  readonly isShared?: boolean
  /** Checks the stored schema and format first. Throws `INVALID_SCHEMA`, `STORE_FORMAT`, `DIRECTORY_IN_USE` … */
  open(schema: SchemaModel): Promise<Store>
}
