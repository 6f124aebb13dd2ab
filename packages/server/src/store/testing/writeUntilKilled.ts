import { schemaModelOf } from '@tidemark/core'
import { sqlite } from '../sqlite/SqliteStore.js'
import { endlessSteps } from './endlessSteps.js'
import { Ledger } from './Ledger.js'
import { storeSchema } from './StoreUnderTest.js'

/** A process that goes on with the history in a directory, and prints each head once its commit has returned. */
const store = await sqlite(process.argv[2]).open(schemaModelOf(storeSchema))
const epochs = await store.claim([0], { node: 'writer', address: '', leaseMs: 1 })
const { head } = await store.open('acme', 0)
const ledger = new Ledger('acme')
for (let n = 0; ; n++) {
  const part = ledger.batch(endlessSteps(n))
  if (part.to <= head) continue
  const outcome = await store.commit({ epochs, workspaces: [part] })
  process.stdout.write(outcome.status === 'committed' ? `${part.to}\n` : `${JSON.stringify(outcome)}\n`)
}
