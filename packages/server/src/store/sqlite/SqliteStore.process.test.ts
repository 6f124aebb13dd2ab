import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schemaModelOf } from '@tidemark/core'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectWholeHistory, writeInOtherProcess } from '../testing/endlessHistory.js'
import { storeSchema } from '../testing/StoreUnderTest.js'
import { sqlite } from './SqliteStore.js'

const schema = schemaModelOf(storeSchema)

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-process-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

const kill = async (child: ChildProcess) => void child.kill('SIGKILL')

describe('SqliteStore and its process', () => {
  it('[S-STORE-20, G1] every batch whose commit returned is there after SIGKILL, and no batch by halves', async () => {
    for (const heads of [1, 37, 120]) {
      const printed = Number(await writeInOtherProcess(dir, heads, kill))
      const store = await sqlite(dir).open(schema)
      expect(await expectWholeHistory(store)).toBeGreaterThanOrEqual(printed)
      await store.close()
    }
  }, 60_000)

  it('[S-STORE-23] a second process is refused, by the number of the first; after a SIGKILL the next one is not', async () => {
    await writeInOtherProcess(dir, 1, async child => {
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
