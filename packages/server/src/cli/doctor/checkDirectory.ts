import { existsSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lockDirectory } from '../../store/sqlite/lockDirectory.js'
import { type Finding, fine, problem, problemFrom, skipped } from './Finding.js'

const neededBytes = 1 << 30

/** Whether the data directory can be written, and by nobody else. A missing one is not made. */
export async function checkDirectory(dir: string): Promise<Finding> {
  const place = existing(dir)
  if (place !== dir) {
    try {
      await rm(await mkdtemp(join(place, '.tidemark-')), { recursive: true })
      return fine('data directory', `${dir} is not there yet and can be made.`)
    } catch {
      const says = `${dir} is not there and cannot be made in ${place}.`
      return problem('data directory', 'DIRECTORY_NOT_WRITABLE', says)
    }
  }
  try {
    lockDirectory(dir)()
    return fine('data directory', `${dir} can be written and nobody uses it.`)
  } catch (error) {
    return problemFrom('data directory', error)
  }
}

export async function checkDiskSpace(dir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(existing(dir))
  const free = bavail * bsize
  if (!Number.isFinite(free)) return skipped('disk', 'The free space of this disk cannot be read.')
  const says = `${(free / 2 ** 30).toFixed(1)} GB are free.`
  if (free >= neededBytes) return fine('disk', says)
  return problem('disk', 'STORE_FAILED', `Only ${says}`, 'Free some space: a full disk stops all writes.')
}

/** The directory, or the nearest one above it that is there. */
export function existing(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : existing(dirname(dir))
}
