import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TidemarkError } from '@tidemark/core'
import Database from 'better-sqlite3'

/**
 * Makes the data directory this process's own until the returned function is called or the process ends, however
 * it ends: the lock is one of the operating system's, held by SQLite on a file of its own, so that the database
 * itself can still be looked at and copied with any tool. The number in `tidemark.pid` is only for the message.
 */
export function lockDirectory(dir: string): () => void {
  try {
    mkdirSync(dir, { recursive: true })
    accessSync(dir, constants.W_OK)
  } catch (cause) {
    throw notWritable(dir, cause)
  }
  const pidFile = join(dir, 'tidemark.pid')
  const lock = openLock(dir)
  try {
    lock.exec('BEGIN EXCLUSIVE')
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch (cause) {
    lock.close()
    throw isBusy(cause) ? inUse(dir, pidFile, cause) : notWritable(dir, cause)
  }
  return () => lock.close()
}

function openLock(dir: string): Database.Database {
  try {
    return new Database(join(dir, 'tidemark.lock'), { timeout: 0 })
  } catch (cause) {
    throw notWritable(dir, cause)
  }
}

const isBusy = (error: unknown) => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

function inUse(dir: string, pidFile: string, cause: unknown): TidemarkError {
  // A process that has just started may not have written it yet.
  const who = existsSync(pidFile) ? `process ${readFileSync(pidFile, 'utf8').trim()}` : 'another process'
  const message = `The data directory ${dir} is in use by ${who}: stop it or take another directory.`
  return new TidemarkError('DIRECTORY_IN_USE', message, { cause })
}

function notWritable(dir: string, cause: unknown): TidemarkError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `The data directory ${dir} cannot be written (${why}): change its rights or take another path.`
  return new TidemarkError('DIRECTORY_NOT_WRITABLE', message, { cause })
}
