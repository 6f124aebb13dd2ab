import { afterAll, beforeAll } from 'vitest'
import { queryContract } from '../testing/queryContract.js'
import { postgres } from './postgres.js'
import { describeWithPostgres } from './testing/describeWithPostgres.js'
import { PostgresServer } from './testing/PostgresServer.js'

describeWithPostgres('lists in Postgres', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await PostgresServer.start()
  })

  afterAll(() => server.stop())

  queryContract(schema => postgres(server.url).open(schema))
})
