import { readFile } from 'node:fs/promises'
import { type Finding, fine, problem, skipped } from './Finding.js'

const neededMajor = 20
const neededFiles = 4_096

export function checkNodeVersion(version = process.versions.node): Finding {
  const major = Number(version.split('.')[0])
  if (major >= neededMajor) return fine('node', `Node ${version}.`)
  return problem('node', 'BAD_CONFIG', `This is Node ${version}.`, `Install Node ${neededMajor} or later.`)
}

/** Each connection is an open file. */
export async function checkOpenFiles(limit?: number | null): Promise<Finding> {
  const files = limit === undefined ? await openFilesLimit() : limit
  if (files === null) return skipped('open files', 'The limit of open files cannot be read on this system.')
  const says = Number.isFinite(files) ? `${files} files may be open.` : 'Any number of files may be open.'
  if (files >= neededFiles) return fine('open files', says)
  const mend = `Raise the limit to ${neededFiles} or more before starting: ulimit -n 65536, or LimitNOFILE in systemd.`
  return problem('open files', 'TOO_FEW_FILES', `Only ${files} files may be open, and each connection is one.`, mend)
}

/** The limit of this process; one started from the same place has the same. */
async function openFilesLimit(): Promise<number | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => null)
  if (limits !== null) return limitIn(limits)
  const report = process.report?.getReport() as { userLimits?: { open_files?: { soft?: number | string } } } | undefined
  const soft = report?.userLimits?.open_files?.soft
  return soft === undefined ? null : numberOf(String(soft))
}

export function limitIn(limits: string): number | null {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined ? null : numberOf(soft)
}

const numberOf = (soft: string): number => (soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft))
