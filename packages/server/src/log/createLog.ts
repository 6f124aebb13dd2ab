import { TidemarkError } from '@tidemark/core'
import { type DestinationStream, levels, pino } from 'pino'
import type { Log } from './Log.js'
import { prettyLines } from './prettyLines.js'

export interface LogOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. */
  readonly level?: string | undefined
  /** One readable line each, for a person at a terminal; else JSON. */
  readonly isPretty?: boolean
  readonly fields?: Readonly<Record<string, unknown>>
  /** Where lines go; left out: standard output. */
  readonly write?: (line: string) => void
}

export function createLog({ level = 'info', isPretty = false, fields = {}, write }: LogOptions = {}): Log {
  if (level !== 'silent' && !(level in levels.values)) {
    const known = [...Object.keys(levels.values), 'silent'].join(', ')
    throw new TidemarkError('BAD_CONFIG', `"${level}" is no log level: take one of ${known}.`)
  }
  const out = write ?? (line => void process.stdout.write(line))
  const options = { level, base: fields, errorKey: 'error' }
  if (isPretty) return pino(options, prettyLines(out))
  const destination: DestinationStream | undefined = write && { write }
  return destination === undefined ? pino(options) : pino(options, destination)
}
