import { parseQuery, schemaModelOf, withDefaults } from '@tidemark/core'
import { postgres } from '@tidemark/server/postgres'
import type { RealCluster } from '../cluster/RealCluster.js'
import { notes, schema } from '../schema.js'
import { type Digests, digestOf, keyOf, statuses } from './rooms.js'

const model = schemaModelOf(schema)

/** What each list of each room is to show, by what is stored. */
export async function digestsOf(cluster: RealCluster, rooms: readonly string[]): Promise<Digests> {
  const collection = model.collectionByName.get(notes.name)
  if (collection === undefined) throw new Error('the schema has no notes')
  const store = await postgres(cluster.postgres.url).open(model)
  try {
    const digests: Record<string, string> = {}
    for (const room of rooms) {
      for (const status of statuses) {
        const query = parseQuery({ where: { status } }, collection.lookup)
        const { found } = await store.read(room, { found: { kind: 'list', collection: notes.name, query } })
        const rows = found.map(({ id, state }) => [id, withDefaults(collection, state.values)] as const)
        digests[keyOf({ room, status })] = digestOf(rows)
      }
    }
    return digests
  } finally {
    await store.close()
  }
}
