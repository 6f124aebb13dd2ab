import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { queryContract } from '../testing/queryContract.js'
import { sqlite } from './SqliteStore.js'

describe('lists in SQLite', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-query-'))

  afterAll(() => rmSync(dir, { recursive: true }))

  queryContract(schema => sqlite(dir).open(schema))
})
