import { schemaModelOf } from '@tidemark/core'
import { postgres } from '../postgres/postgres.js'
import { sqlite } from '../sqlite/SqliteStore.js'
import { endlessSteps } from './endlessSteps.js'
import { Ledger } from './Ledger.js'
import { storeSchema } from './StoreUnderTest.js'

/** A process that goes on with the history in a directory or database, and prints each head once its commit has returned. */
const place = process.argv[2] as string
const adapter = place.startsWith('postgres:') ? postgres(place) : sqlite(place)
const store = await adapter.open(schemaModelOf(storeSchema))
const epochs = await store.claim([0], { node: 'writer', address: '', leaseMs: 1 })
const { head } = await store.open('acme', 0)
const ledger = new Ledger('acme')
for (let n = 0; ; n++) {
  const part = ledger.batch(endlessSteps(n))
  if (part.to <= head) continue
  const outcome = await store.commit({ epochs, workspaces: [part] })
  process.stdout.write(outcome.status === 'committed' ? `${part.to}\n` : `${JSON.stringify(outcome)}\n`)
}
