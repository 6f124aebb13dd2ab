import { schemaModelOf } from '@tidemark/core'
import { afterAll, beforeAll } from 'vitest'
import { platformAt, storeSchema } from '../testing/StoreUnderTest.js'
import { shardContract } from '../testing/shardContract.js'
import { storeContract } from '../testing/storeContract.js'
import { postgres } from './postgres.js'
import { describeWithPostgres } from './testing/describeWithPostgres.js'
import { PostgresServer } from './testing/PostgresServer.js'

describeWithPostgres('PostgresStore', () => {
  let server: PostgresServer
  let made = 0

  beforeAll(async () => {
    server = await PostgresServer.start()
  })

  afterAll(() => server.stop())

  const place = async () => {
    const clock = { nowMs: 1_700_000_000_000 }
    const options = { url: server.url, schema: `place_${made++}` }
    return {
      open: async (schema = storeSchema) => postgres(options, platformAt(clock)).open(schemaModelOf(schema)),
      clock,
      unstorable: 'U+0000: \0',
      remove: async () => {},
    }
  }
  storeContract(place)
  shardContract(place)
})
