import { type Condition, compileMatcher, type QueryRow } from '@tidemark/core'
import { InterestIndex } from '../InterestIndex.js'

export interface RoutingFigures {
  readonly count: number
  /** Median over rounds of 2,000 changes. */
  readonly microsecondsPerChange: number
  readonly routedPerChange: number
  /** The same with every view's compiled matcher on both images: what the index saves. */
  readonly microsecondsEvaluatingAll: number
  readonly timesFaster: number
  /** What the index holds for a view; null unless the process runs with `--expose-gc`. */
  readonly bytesPerView: number | null
}

const rounds = 9
const changeCount = 2_000
const statuses = ['todo', 'doing', 'review', 'done']

/**
 * What routing one change costs with `count` list subscriptions with equality terms: mostly one person's tasks in a
 * status, some of a project with a range beside it, some single records. [P4]
 */
export function benchRouting(count: number): RoutingFigures {
  const random = seeded(count)
  const people = Math.ceil(count / 12)
  const wheres = Array.from({ length: count }, () => whereOf(people, random))
  const changes = Array.from({ length: changeCount }, () => changeOf(people, random))

  const bytesBefore = heapUsed()
  const index = new InterestIndex()
  for (const [view, where] of wheres.entries()) index.add(view, 'tasks', where)
  const bytesAfter = heapUsed()

  let routed = 0
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now()
    for (const { before, after } of changes) routed += index.route('tasks', before, after).length
    return ((performance.now() - start) * 1_000) / changeCount
  })
  const microsecondsPerChange = median(times)
  const microsecondsEvaluatingAll = evaluateAll(wheres, changes.slice(0, 9))
  return {
    count,
    microsecondsPerChange,
    routedPerChange: routed / rounds / changeCount,
    microsecondsEvaluatingAll,
    timesFaster: microsecondsEvaluatingAll / microsecondsPerChange,
    bytesPerView: bytesBefore === null || bytesAfter === null ? null : (bytesAfter - bytesBefore) / count,
  }
}

interface SampleChange {
  readonly before: QueryRow
  readonly after: QueryRow
}

function whereOf(people: number, random: () => number): Condition {
  const pick = (limit: number) => Math.floor(random() * limit)
  const assignee: Condition = { op: 'eq', field: 'assignee', value: `person-${pick(people)}` }
  const status: Condition = { op: 'eq', field: 'status', value: statuses[pick(4)] as string }
  const kind = random()
  if (kind < 0.7) return { op: 'and', of: [assignee, status] }
  if (kind < 0.8) return { op: 'eq', field: 'id', value: `task-${pick(people * 10)}` }
  if (kind < 0.9) return { op: 'and', of: [assignee, { op: 'in', field: 'status', values: statuses.slice(0, 2) }] }
  const project: Condition = { op: 'eq', field: 'project', value: `project-${pick(people)}` }
  return { op: 'and', of: [project, { op: 'gte', field: 'votes', value: pick(10) }] }
}

function changeOf(people: number, random: () => number): SampleChange {
  const pick = (limit: number) => Math.floor(random() * limit)
  const before = {
    id: `task-${pick(people * 10)}`,
    title: 'A task',
    status: statuses[pick(4)] as string,
    assignee: `person-${pick(people)}`,
    project: `project-${pick(people)}`,
    votes: pick(10),
  }
  const isHandedOver = random() < 0.3
  const after = isHandedOver ? { ...before, assignee: `person-${pick(people)}` } : { ...before, status: 'done' }
  return { before, after }
}

function evaluateAll(wheres: readonly Condition[], changes: readonly SampleChange[]): number {
  const matchers = wheres.map(compileMatcher)
  let matched = 0
  const times = changes.map(({ before, after }) => {
    const start = performance.now()
    for (const matches of matchers) if (matches(before) || matches(after)) matched++
    return (performance.now() - start) * 1_000
  })
  if (matched < 0) throw new Error('matches are counted so that they are not optimised away')
  return median(times)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

function heapUsed(): number | null {
  if (globalThis.gc === undefined) return null
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** The same views and changes in every run. */
function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
