import { checkJson, type RowValues } from '@tidemark/core'
import type { Faults } from '../Faults.js'
import { isUser } from '../rules.js'
import type { StoreReading } from '../StoreReading.js'
import { piecesInStock } from '../schema.js'
import { isWholeState } from './hostileUpdates.js'

type Shape = Readonly<Record<string, (value: unknown) => boolean>>

const isShort = (value: unknown): boolean => typeof value === 'string' && value.length <= 200
const isCount = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most
const isTime = (value: unknown): boolean => typeof value === 'number' && value <= Date.now() + 1_000

/** What rows must be, said once more in plain code: the schema is not the judge of itself. */
const shapes: Readonly<Record<string, Shape>> = {
  notes: {
    title: isShort,
    status: value => value === 'todo' || value === 'doing' || value === 'done',
    rank: value => Number.isFinite(value),
    votes: value => Number.isFinite(value),
    tokens: value => Array.isArray(value) && value.every(isShort) && new Set(value).size === value.length,
  },
  tickets: { event: isShort, owner: value => value === null || isUser(value) },
  stocks: { name: isShort, left: isCount(0, piecesInStock) },
  sales: { of: isShort, pieces: isCount(1, 5), buyer: value => isUser(value), token: isShort },
  pages: {},
}

/** Of every row. */
const metadata: Shape = {
  $createdAt: isTime,
  $updatedAt: isTime,
  $createdBy: value => isUser(value) || value === 'server',
  $updatedBy: value => isUser(value) || value === 'server',
}

/** Whatever was thrown at a node: what it has stored is what the schema allows. [SIM-FAULT-4] */
export function judgeStored({ rows, bodies, head, log }: StoreReading, faults: Faults): void {
  for (const [collection, byId] of rows) {
    for (const [id, row] of byId) {
      for (const problem of problemsOf(collection, id, row)) faults.add('SIM-FAULT-4', `${collection}/${id} ${problem}`)
    }
  }
  for (const [name, state] of bodies) {
    if (!isWholeState(state)) faults.add('SIM-FAULT-4', `the body of ${name} waits for what is not in it`)
  }
  const sold = new Map<unknown, number>()
  for (const { of, pieces } of rows.get('sales')?.values() ?? []) {
    sold.set(of, (sold.get(of) ?? 0) + (pieces as number))
  }
  for (const [id, { left }] of rows.get('stocks') ?? []) {
    if ((left as number) + (sold.get(id) ?? 0) !== piecesInStock) faults.add('G12', `stock ${id} does not add up`)
  }
  for (const [id, { owner }] of rows.get('tickets') ?? []) {
    if ((owner === null ? 0 : 1) !== (sold.get(id) ?? 0))
      faults.add('G12', `ticket ${id} of ${owner} was not sold once`)
  }
  if (log !== 'cut' && (log.length !== head || log.some(({ seq }, at) => seq !== at + 1))) {
    faults.add('G3', 'the log has a hole or a repeat')
  }
}

function problemsOf(collection: string, id: string, row: RowValues): string[] {
  const shape = { ...shapes[collection], ...metadata }
  const problems: string[] = []
  const unstorable = checkJson(row)
  if (unstorable !== undefined) problems.push(`holds what JSON cannot: ${unstorable.message}`)
  if (id.length === 0 || id.length > 128 || /\p{Cc}|\p{Surrogate}/u.test(id)) problems.push('has a bad id')
  for (const [field, fits] of Object.entries(shape)) {
    if (!fits(row[field])) problems.push(`has ${String(JSON.stringify(row[field])).slice(0, 40)} as ${field}`)
  }
  for (const field of Object.keys(row)) if (!Object.hasOwn(shape, field)) problems.push(`has a field ${field}`)
  return problems
}
