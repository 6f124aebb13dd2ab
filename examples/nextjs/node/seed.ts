import type { ServerWorkspace } from '@tidemark/server'
import { personIds } from '../sync/people'
import { labels, statuses, tasks } from '../sync/schema'

const taskCount = 5_000
const tasksPerBatch = 500

const verbs = ['Fix', 'Add', 'Speed up', 'Rework', 'Document', 'Measure', 'Simplify', 'Test', 'Translate', 'Remove']
const parts = ['the search', 'the sign-in page', 'exports', 'the invoice list', 'dark mode', 'the import of contacts']
const places = ['on slow networks', 'for large teams', 'on phones', 'in the editor', 'after a restore', 'for guests']

/** Fills the workspace once, whichever node of a cluster is the first: the same tasks every time. */
export async function seed(workspace: ServerWorkspace): Promise<void> {
  const known = await workspace.list(tasks, { limit: 1 })
  if (known.length > 0) return
  const next = seeded(7)
  let made = 0
  const pick = <T>(of: readonly T[]): T => of[next(of.length)] as T
  for (let start = 0; start < taskCount; start += tasksPerBatch) {
    const rows = Array.from({ length: tasksPerBatch }, (_, index) => {
      const number = start + index
      const title = `${pick(verbs)} ${pick(parts)} ${pick(places)}`
      return {
        id: `task-${number}`,
        title,
        status: pick(statuses),
        priority: next(4),
        dueAt: next(3) === 0 ? dayAfter('2026-12-01', next(120)) : null,
        votes: next(10) < 6 ? 0 : next(30),
        labels: [...new Set([pick(labels), pick(labels)])].slice(0, next(3)),
        assignee: pick([null, ...personIds]),
        notes: number % 4 === 0 ? `${title}.\n\nSteps:\n- see it happen\n- write a test\n- mend it\n` : '',
      }
    })
    let isMine = false
    await workspace.batch(tx => {
      isMine = tx.get(tasks, `task-${start}`) === undefined
      if (isMine) for (const row of rows) tx.insert(tasks, row)
    })
    if (isMine) made += rows.length
  }
  console.log(`made ${made.toLocaleString('en')} of ${taskCount.toLocaleString('en')} tasks`)
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Whole numbers below a bound, the same sequence for the same seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
