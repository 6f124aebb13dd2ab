import type { Step } from './Ledger.js'

/** The n-th batch of a history without end: every kind of step, four changes from the third batch on. */
export function endlessSteps(n: number): readonly Step[] {
  const key = (at: number) => ({ collection: 'tasks', id: `task-${at}` })
  return [
    { kind: 'insert', key: key(n), values: { title: `Task ${n}`, status: null, votes: 0, labels: ['new'] } },
    { kind: 'type', key: key(n), text: `text ${n}`, isSmall: n % 2 === 0 },
    { kind: 'update', key: key(n - 1), edits: { votes: { kind: 'increment', by: n } } },
    { kind: 'remove', key: key(n - 2) },
  ]
}
