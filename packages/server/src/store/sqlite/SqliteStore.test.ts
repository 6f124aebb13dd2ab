import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Json, schemaModelOf } from '@tidemark/core'
import { describe } from 'vitest'
import { platformAt, storeSchema } from '../testing/StoreUnderTest.js'
import { storeContract } from '../testing/storeContract.js'
import { sqlite } from './SqliteStore.js'

/** SQLite reads JSON up to a depth of 1,000. */
let nested: Json = 'deep'
for (let depth = 0; depth < 1_100; depth++) nested = [nested]

describe('SqliteStore', () => {
  storeContract(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-store-'))
    const clock = { nowMs: 1_700_000_000_000 }
    return {
      open: async (schema = storeSchema) => sqlite(dir, platformAt(clock)).open(schemaModelOf(schema)),
      clock,
      unstorable: nested,
      remove: async () => rmSync(dir, { recursive: true }),
    }
  })
})
