import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { schemaModelOf } from '@tidemark/core'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endlessSteps } from '../testing/endlessSteps.js'
import { Ledger, textOf } from '../testing/Ledger.js'
import { storeSchema } from '../testing/StoreUnderTest.js'
import { sqlite } from './SqliteStore.js'

const schema = schemaModelOf(storeSchema)
const program = fileURLToPath(new URL('../testing/writeUntilKilled.ts', import.meta.url))

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-process-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** Another process writes, until it has printed so many heads or refuses; answers the last whole line. */
async function writeInOtherProcess(heads: number, then: (child: ChildProcess) => Promise<void>): Promise<string> {
  const args = ['--conditions=@tidemark/source', '--import', 'tsx', program, dir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let last = ''
  let count = 0
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    last = line
    if (++count === heads) await then(child)
  }
  await exit
  return last
}

const kill = async (child: ChildProcess) => void child.kill('SIGKILL')

describe('SqliteStore and its process', () => {
  it('[S-STORE-20, G1] every batch whose commit returned is there after SIGKILL, and no batch by halves', async () => {
    for (const heads of [1, 37, 120]) {
      const printed = Number(await writeInOtherProcess(heads, kill))
      const store = await sqlite(dir).open(schema)
      const { head } = await store.open('acme', 0)
      expect(head).toBeGreaterThanOrEqual(printed)

      const ledger = new Ledger('acme')
      for (let n = 0; ledger.head < head; n++) ledger.batch(endlessSteps(n))
      expect(ledger.head).toBe(head)
      const keys = [...ledger.states.values()].map(({ key }) => key)
      const found = await store.read('acme', {
        log: { kind: 'log', after: 0, limit: head },
        records: { kind: 'records', keys },
      })
      expect(found.log).toEqual(ledger.changes)
      expect(found.records).toEqual(keys.map(key => ledger.state(key)))
      for (const key of keys.slice(-5)) {
        const { body } = await store.read('acme', { body: { kind: 'body', key } })
        expect(body.state && textOf(body.state)).toBe(ledger.body(key)?.text ?? null)
      }
      await store.close()
    }
  }, 60_000)

  it('[S-STORE-23] a second process is refused, by the number of the first; after a SIGKILL the next one is not', async () => {
    await writeInOtherProcess(1, async child => {
      await expect(sqlite(dir).open(schema)).rejects.toMatchObject({
        code: 'DIRECTORY_IN_USE',
        message: `The data directory ${dir} is in use by process ${child.pid}: stop it or take another directory.`,
      })
      await kill(child)
    })
    const store = await sqlite(dir).open(schema)
    await expect(sqlite(dir).open(schema)).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
    await store.close()
    await (await sqlite(dir).open(schema)).close()
  }, 30_000)

  it('[S-STORE-24] a directory that cannot be made or written is named', async () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'below')]) {
      await expect(sqlite(path).open(schema)).rejects.toMatchObject({
        code: 'DIRECTORY_NOT_WRITABLE',
        message: expect.stringContaining(path),
      })
    }
  })

  it('[S-STORE-25] a file of another kind, or of a newer format, is left alone', async () => {
    await (await sqlite(dir).open(schema)).close()
    const db = new Database(join(dir, 'tidemark.db'))
    db.exec("UPDATE meta SET value = '99' WHERE name = 'format'")
    db.close()
    await expect(sqlite(dir).open(schema)).rejects.toMatchObject({
      code: 'STORE_FORMAT',
      message: expect.stringContaining('has format 99'),
    })
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `tidemark.db${suffix}`), { force: true })
    writeFileSync(
      join(dir, 'tidemark.db'),
      'something else entirely, and longer than a header of SQLite is: '.repeat(99),
    )
    await expect(sqlite(dir).open(schema)).rejects.toMatchObject({ code: 'STORE_FORMAT' })
  })
})
