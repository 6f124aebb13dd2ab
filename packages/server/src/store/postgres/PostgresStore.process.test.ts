import { schemaModelOf } from '@tidemark/core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ShardClaim } from '../ShardTable.js'
import type { CommitOutcome, Store } from '../Store.js'
import { expectWholeHistory, writeInOtherProcess } from '../testing/endlessHistory.js'
import { endlessSteps } from '../testing/endlessSteps.js'
import { Ledger } from '../testing/Ledger.js'
import { storeSchema } from '../testing/StoreUnderTest.js'
import { postgres } from './postgres.js'
import { describeWithPostgres } from './testing/describeWithPostgres.js'
import { PostgresServer } from './testing/PostgresServer.js'

const schema = schemaModelOf(storeSchema)
const timeoutMs = 500

describeWithPostgres('PostgresStore and its processes', () => {
  let server: PostgresServer
  let made = 0
  let url: string
  let stores: Store[]

  beforeAll(async () => {
    server = await PostgresServer.start()
  })

  afterAll(() => server.stop())

  beforeEach(async () => {
    const name = `database_${made++}`
    await server.query(`CREATE DATABASE ${name}`)
    url = server.urlOf(name)
    stores = []
  })

  afterEach(async () => {
    for (const store of stores) await store.close()
  })

  async function open(): Promise<Store> {
    const store = await postgres({ url, timeoutMs }).open(schema)
    stores.push(store)
    return store
  }

  async function claim(store: Store): Promise<ShardClaim> {
    const [claimed] = await store.claim([0], { node: 'node-1', address: '', leaseMs: 1 })
    return claimed as ShardClaim
  }

  /** Goes on with the endless history until a commit fails, or the head that it answered is enough. */
  async function writeOn(store: Store, isEnough: (head: number) => boolean): Promise<CommitOutcome> {
    const epochs = [await claim(store)]
    const { head } = await store.open('acme', 0)
    const ledger = new Ledger('acme')
    for (let n = 0; ; n++) {
      const part = ledger.batch(endlessSteps(n))
      if (part.to <= head) continue
      const outcome = await store.commit({ epochs, workspaces: [part] })
      if (outcome.status !== 'committed' || isEnough(part.to)) return outcome
    }
  }

  it('[S-PG-4, S-STORE-20, G1] every batch whose commit returned is there after SIGKILL of the writer, and none by halves', async () => {
    const store = await open()
    for (const heads of [1, 37, 120]) {
      const printed = Number(await writeInOtherProcess(url, heads, async child => void child.kill('SIGKILL')))
      // What it had sent is stored by then, or never.
      await claim(store)
      expect(await expectWholeHistory(store)).toBeGreaterThanOrEqual(printed)
    }
  }, 120_000)

  it('[S-PG-4, G1] after SIGKILL of Postgres all that was answered is there; what was not is whole, and was unknown', async () => {
    const store = await open()
    for (const heads of [3, 20, 80]) {
      let answered = 0
      let count = 0
      let killed: Promise<void> | undefined
      const outcome = await writeOn(store, head => {
        answered = head
        if (++count === heads) killed = server.kill()
        return false
      })
      expect(outcome).toMatchObject({ status: 'unknown', error: { code: 'STORE_FAILED' } })
      await killed
      await expect(store.read('acme', {})).rejects.toMatchObject({ code: 'STORE_FAILED' })
      await server.run()
      expect(await expectWholeHistory(store)).toBeGreaterThanOrEqual(answered)
    }
  }, 60_000)

  it('[S-PG-3] a Postgres that is silent fails reads and commits in time, and takes them once it speaks again', async () => {
    const store = await open()
    const epochs = [await claim(store)]
    await store.open('acme', 0)
    const ledger = new Ledger('acme')
    expect(await store.commit({ epochs, workspaces: [ledger.batch(endlessSteps(0))] })).toEqual({ status: 'committed' })
    const idle = await open()
    const goOn = server.pause()
    const part = ledger.batch(endlessSteps(1))
    const failed = { status: 'unknown', error: { code: 'STORE_FAILED' } }
    await Promise.all([
      expect(store.commit({ epochs, workspaces: [part] })).resolves.toMatchObject(failed),
      expect(store.read('acme', {})).rejects.toMatchObject({ code: 'STORE_FAILED' }),
      expect(store.claim([0], { node: 'node-2', address: '', leaseMs: 1 })).rejects.toMatchObject({
        code: 'STORE_FAILED',
      }),
      expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED' }),
      idle.close(),
    ])
    goOn()
    // What was unknown may have happened by now: a new epoch ends that.
    expect(await writeOn(store, head => head > 30)).toEqual({ status: 'committed' })
    expect(await expectWholeHistory(store)).toBeGreaterThan(30)
  }, 30_000)

  it('[S-PG-3] a Postgres that is not there, or does not know us, is said at the start', async () => {
    await expect(postgres('postgres://localhost:1/app').open(schema)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(postgres(server.urlOf('nowhere')).open(schema)).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining('database "nowhere" does not exist'),
    })
  })
})
