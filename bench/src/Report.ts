import { holds, type Target, targetText, useOf } from './Target.js'
import { versions } from './versions.js'

export interface Figure {
  readonly id: string
  readonly what: string
  readonly value: number
  readonly unit: string
  /** Null where nothing is promised: a peer's figure, or one that explains another. */
  readonly target: Target | null
}

/** Collects the figures of a run, says what goes on, and prints them as a table and as JSON lines. */
export class Report {
  readonly #figures: Figure[] = []

  /** `say` takes what a person waits with, `print` what is kept. */
  constructor(
    private readonly say: (line: string) => void,
    private readonly print: (line: string) => void,
  ) {}

  progress(line: string): void {
    this.say(line)
  }

  add(figure: Figure): void {
    this.#figures.push({ ...figure, value: rounded(figure.value) })
  }

  /** Prints what the row with this id found. */
  close(rowId: string): void {
    const figures = this.#of(rowId)
    for (const line of table(figures)) this.print(line)
    for (const figure of figures) this.print(jsonLine(figure))
    this.print('')
  }

  get jsonLines(): readonly string[] {
    return this.#figures.map(jsonLine)
  }

  get missed(): readonly Figure[] {
    return this.#figures.filter(({ value, target }) => target !== null && !holds(value, target))
  }

  #of(rowId: string): Figure[] {
    return this.#figures.filter(
      ({ id }) => id === rowId || (/^[a-z]$/.test(id.slice(rowId.length)) && id.startsWith(rowId)),
    )
  }
}

function jsonLine({ id, what, value, unit, target }: Figure): string {
  const judged =
    target === null ? { target: null, holds: null } : { target: targetText(target), holds: holds(value, target) }
  return JSON.stringify({ id, what, value, unit, ...judged, versions })
}

function table(figures: readonly Figure[]): string[] {
  const cells = figures.map(({ id, what, value, unit, target }) => [
    id,
    what,
    `${grouped(value)} ${unit}`,
    target === null ? '' : targetText(target),
    target === null ? '' : holds(value, target) ? 'holds' : 'MISSED',
    target === null ? '' : bar(useOf(value, target)),
  ])
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  return cells.map(row =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[2] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const barWidth = 20

/** Full at the bound; an arrow where it is passed. */
function bar(use: number): string {
  const filled = Math.min(barWidth, Math.max(0, Math.round(use * barWidth)))
  return `${'█'.repeat(filled)}${'·'.repeat(barWidth - filled)}${use > 1 ? '▶' : ''}`
}

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 3 })

/** Three places say enough of a time or a ratio; bytes and counts are whole. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000
