import { countWatch, listWatch } from '@tidemark/client/testing'
import { type ListQuery, schemaModelOf } from '@tidemark/core'
import type { ListQuery as GivenQuery, SimTab } from '../device/SimTab.js'
import { oldSchema, schema } from '../workload/schema.js'

const newModel = schemaModelOf(schema)
const oldModel = schemaModelOf(oldSchema)

/** What the subscriptions ask for, by the name under which a replica keeps them. */
export class Queries {
  readonly #queryByKey = new Map<string, { readonly collection: string; readonly query: ListQuery }>()

  add(tab: SimTab, collection: string, given: GivenQuery): void {
    const { key, query } = listWatch(tab.device.parts.isOld ? oldModel : newModel, collection, given)
    this.#queryByKey.set(key, { collection, query: { ...query, limit: null } })
  }

  addCount(tab: SimTab, collection: string, where: object): void {
    const { key, query } = countWatch(tab.device.parts.isOld ? oldModel : newModel, collection, where)
    this.#queryByKey.set(key, { collection, query })
  }

  of(key: string): { readonly collection: string; readonly query: ListQuery } | undefined {
    return this.#queryByKey.get(key)
  }
}
