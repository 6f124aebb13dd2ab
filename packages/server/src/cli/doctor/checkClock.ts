import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectDirectory } from '../../store/sqlite/inspectDirectory.js'
import { existing } from './checkDirectory.js'
import { type Finding, fine, problem } from './Finding.js'

/** Clients set theirs by the node's: what is off here is off everywhere, and stamps do not go back. */
export const toleratedMs = 5_000

interface ClockSources {
  readonly dir: string
  readonly timeUrl: string | null
  readonly now: () => number
}

/** Compares this machine's clock with all else that has one. */
export async function checkClock({ dir, timeUrl, now }: ClockSources): Promise<Finding> {
  const storedAhead = (newestStored(dir) ?? 0) - now()
  if (storedAhead > toleratedMs) {
    return off(`The newest entry in ${dir} is of ${spanOf(storedAhead)} in the future: the clock went back`)
  }
  const fileAhead = await diskAhead(existing(dir), now)
  if (fileAhead !== null && Math.abs(fileAhead) > toleratedMs) {
    return off(`The disk of ${dir} is ${spanOf(Math.abs(fileAhead))} ${fileAhead > 0 ? 'ahead' : 'behind'}`)
  }
  if (timeUrl === null)
    return fine('clock', 'It agrees with the disk and what is stored. --time-url compares it with more.')
  const ahead = await serverAhead(timeUrl, now)
  if (ahead === null) {
    const says = `${timeUrl} gave no time to compare with.`
    return problem('clock', 'BAD_CONFIG', says, 'Give the address of an HTTP server that answers.')
  }
  if (Math.abs(ahead) <= toleratedMs) return fine('clock', `It agrees with ${timeUrl}.`)
  return off(`${timeUrl} is ${spanOf(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`)
}

const off = (what: string): Finding => problem('clock', 'CLOCK_OFF', `${what}.`)

function newestStored(dir: string): number | null {
  try {
    return inspectDirectory(dir)?.newestAtMs ?? null
  } catch {
    return null // the check of the directory says why
  }
}

/** How far a file that was just made is dated ahead; on a disk in the network by another clock. Null: none can be made. */
async function diskAhead(dir: string, now: () => number): Promise<number | null> {
  const before = now()
  const made = await mkdtemp(join(dir, '.tidemark-clock-')).catch(() => null)
  if (made === null) return null
  const { mtimeMs } = await stat(made)
  await rm(made, { recursive: true })
  return mtimeMs - (before + now()) / 2
}

/** An HTTP date has whole seconds, rounded down. */
async function serverAhead(url: string, now: () => number): Promise<number | null> {
  const before = now()
  const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5_000) }).catch(() => null)
  const date = Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(date) ? null : date + 500 - (before + now()) / 2
}

export function spanOf(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
