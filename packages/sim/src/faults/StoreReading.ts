import { type CommittedChange, parseQuery, type RowValues, schemaModelOf, withDefaults } from '@tidemark/core'
import type { Store } from '@tidemark/server/testing'
import { schema } from './schema.js'

/** Everything that a store holds of a workspace, read through its own verbs when nobody writes any more. */
export interface StoreReading {
  readonly head: number
  /** Rows that are there, by collection and id. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, RowValues>>
  /** Of rows that are there, by `collection/id`. */
  readonly bodies: ReadonlyMap<string, Uint8Array>
  /** From the beginning, or `cut` if tending has taken that away. */
  readonly log: readonly CommittedChange[] | 'cut'
}

const model = schemaModelOf(schema)

export async function readStore(store: Store, workspace: string): Promise<StoreReading> {
  const rows = new Map<string, ReadonlyMap<string, RowValues>>()
  const bodies = new Map<string, Uint8Array>()
  for (const collection of model.collections) {
    const { name } = collection
    const query = parseQuery({}, collection.lookup)
    const { found } = await store.read(workspace, { found: { kind: 'list', collection: name, query } })
    rows.set(name, new Map(found.map(({ id, state }) => [id, withDefaults(collection, state.values)])))
    if (!collection.hasBody) continue
    for (const { id } of found) {
      const { body } = await store.read(workspace, { body: { kind: 'body', key: { collection: name, id } } })
      if (body.state !== null) bodies.set(`${name}/${id}`, body.state)
    }
  }
  const { head, log } = await store.read(workspace, { log: { kind: 'log', after: 0, limit: Number.MAX_SAFE_INTEGER } })
  return { head, rows, bodies, log }
}
