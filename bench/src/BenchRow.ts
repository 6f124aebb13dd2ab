import type { Report } from './Report.js'
import type { ServerName } from './servers.js'

/** One row of performance.md: does its work with real parts and puts its figures into the report. */
export interface BenchRow {
  readonly id: string
  readonly what: string
  /** Servers that have to be installed. */
  readonly needs?: readonly ServerName[]
  run(report: Report, options: RunOptions): Promise<void>
}

export interface RunOptions {
  /** Multiplies every count: 1 is what the targets are about, 0.01 a quick look that shows no figure worth keeping. */
  readonly scale: number
  /** Sizes that take minutes. */
  readonly isFull: boolean
}

/** `count` at the scale of the run. */
export function scaled(count: number, { scale }: RunOptions, least = 1): number {
  return Math.max(least, Math.round(count * scale))
}
