import { type DestinationStream, levels } from 'pino'

/** Turns pino's JSON lines into lines to read: `12:30:45 warn  closed a session code=4403`. */
export function prettyLines(write: (line: string) => void): DestinationStream {
  return { write: line => write(prettyLine(line)) }
}

/** Told once at the start, or of no use to the person who reads along. */
const leftOut = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'node', 'error'])

function prettyLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown> & {
    level: number
    time: number
    msg?: string
    error?: unknown
  }
  const clock = new Date(entry.time).toTimeString().slice(0, 8)
  const level = (levels.labels[entry.level] ?? 'info').padEnd(5)
  const fields = Object.entries(entry)
    .filter(([name]) => !leftOut.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${[clock, level, entry.msg ?? '', ...fields].join(' ')}\n${errorText(entry.error)}`
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { stack, message } = error as { stack?: string; message?: string }
  return `${(stack ?? message ?? '').replace(/^/gm, '  ')}\n`
}
