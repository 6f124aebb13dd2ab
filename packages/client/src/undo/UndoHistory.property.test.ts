import { checkPatch, editValues, modelOf, type RowValues } from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tasks } from '../testing/tracker.js'
import { changesBetween, patchFrom } from './FieldChange.js'
import { type Direction, UndoHistory } from './UndoHistory.js'

const model = modelOf(tasks)
const ids = ['t1', 't2']
const first: RowValues = { title: 'first', rank: 'm', votes: 0, labels: ['a', 'b'] }

/** Two records, what everybody makes of them, and the history of one of those who do. */
class World {
  readonly #rows = new Map(ids.map(id => [id, first]))
  readonly #history = new UndoHistory(1_000)

  get rows(): readonly RowValues[] {
    return ids.map(id => this.row(id))
  }

  row(id: string): RowValues {
    return this.#rows.get(id) as RowValues
  }

  theirs(id: string, patch: RowValues): void {
    const edited = editValues(this.row(id), checkPatch(model, patch, { decided: false }), 0, 'bob')
    this.#rows.set(id, Object.fromEntries(Object.entries(edited).filter(([field]) => !field.startsWith('$'))))
  }

  mine(id: string, patch: RowValues): void {
    const before = this.row(id)
    this.theirs(id, patch)
    const changes = changesBetween(model, patch, before, this.row(id))
    this.#history.updated({ kind: 'fields', record: `tasks/${id}`, collection: tasks, id, changes, writeIds: [] })
  }

  can(direction: Direction, scope: string | null): boolean {
    return this.#history.can(direction, scope, ({ id }) => this.row(id))
  }

  /** Whether there was something to be done; if so, it is to be seen. */
  move(direction: Direction, scope: string | null): boolean {
    const next = this.#history.next(direction, scope, ({ id }) => this.row(id))
    if (next?.kind !== 'fields') return false
    const before = this.rows
    this.theirs(next.step.id, patchFrom(next.changes))
    this.#history.moved(direction, next.step, next.changes, '')
    expect(this.rows).not.toEqual(before)
    return true
  }

  all(direction: Direction): void {
    while (this.move(direction, null)) expect(this.can(direction === 'undo' ? 'redo' : 'undo', null)).toBe(true)
    expect(this.can(direction, null)).toBe(false)
  }
}

const patches = (values: readonly string[], elements: readonly string[], removable = elements) => {
  const labels = fc.oneof(
    fc.subarray([...elements]).map(add => ({ add, remove: [] })),
    fc.subarray([...removable]).map(remove => ({ add: [], remove })),
  )
  return fc.record(
    {
      title: fc.constantFrom(...values),
      rank: fc.constantFrom(...values),
      votes: fc.integer({ min: 1, max: 9 }).map(increment => ({ increment })),
      labels,
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<RowValues>
}

/** What can be changed by itself: a field, or a member of a set being there. */
function cellsOf(row: RowValues): Record<string, unknown> {
  const labels = row.labels as readonly string[]
  const members = ['a', 'b', 'c'].map(label => [`labels ${label}`, labels.includes(label)])
  return { title: row.title, rank: row.rank, ...Object.fromEntries(members) }
}

describe('undoing a random history', () => {
  it('[CL-UNDO-1, CL-UNDO-5] leaves in each field what it was before own changes, unless others changed it since', () => {
    const patch = patches(['x', 'y', 'z'], ['a', 'b', 'c'])
    const run = fc.array(fc.record({ id: fc.constantFrom(...ids), isMine: fc.boolean(), patch }), { maxLength: 20 })
    fc.assert(
      fc.property(run, edits => {
        const world = new World()
        const ownByCell = new Map<string, { before: unknown; after: unknown }[]>()
        const theirVotes = new Map(ids.map(id => [id, 0]))
        for (const { id, isMine, patch } of edits) {
          const before = cellsOf(world.row(id))
          if (isMine) world.mine(id, patch)
          else world.theirs(id, patch)
          for (const [cell, after] of Object.entries(cellsOf(world.row(id)))) {
            const own = ownByCell.get(`${id} ${cell}`) ?? []
            if (isMine && before[cell] !== after) own.push({ before: before[cell], after })
            ownByCell.set(`${id} ${cell}`, own)
          }
          const { increment = 0 } = (patch.votes ?? {}) as { increment?: number }
          if (!isMine) theirVotes.set(id, (theirVotes.get(id) as number) + increment)
        }
        const made = world.rows
        const expected = ids.map(id => {
          const cells = cellsOf(world.row(id))
          for (const cell of Object.keys(cells)) {
            for (const { before, after } of ownByCell.get(`${id} ${cell}`)?.reverse() ?? []) {
              if (cells[cell] === after) cells[cell] = before
            }
          }
          return { ...cells, votes: theirVotes.get(id) }
        })
        world.all('undo')
        expect(world.rows.map(row => ({ ...cellsOf(row), votes: row.votes }))).toEqual(expected)
        world.all('redo')
        expect(world.rows).toEqual(made)
      }),
      { numRuns: 1_000 },
    )
  })

  it('[CL-UNDO-2, CL-UNDO-5] leaves nothing own and loses nothing of others, whatever was undone and redone before', () => {
    const [mine, theirs] = [patches(['x', 'y'], ['c', 'd'], ['a', 'b', 'c', 'd']), patches(['X', 'Y'], ['C', 'D'])]
    const id = fc.constantFrom(...ids)
    const move = fc.record({
      direction: fc.constantFrom<Direction>('undo', 'undo', 'redo'),
      scope: fc.constantFrom(null, ...ids.map(id => `tasks/${id}`)),
    })
    const run = fc.array(
      fc.oneof(fc.record({ id, mine }), fc.record({ id, theirs }), move) as fc.Arbitrary<
        Partial<{ id: string; mine: RowValues; theirs: RowValues; direction: Direction; scope: string | null }>
      >,
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(run, steps => {
        const world = new World()
        // A world without the one who undoes: what the others made of the records alone.
        const without = new World()
        const isTheirs = new Set<string>()
        for (const { id = '', mine, theirs, direction, scope = null } of steps) {
          if (mine) world.mine(id, mine)
          if (theirs) {
            world.theirs(id, theirs)
            without.theirs(id, theirs)
            for (const field of ['title', 'rank']) if (field in theirs) isTheirs.add(`${id} ${field}`)
          }
          if (direction) expect(world.can(direction, scope)).toBe(world.move(direction, scope))
        }
        world.all('redo')
        const made = world.rows
        world.all('undo')
        for (const id of ids) {
          const [left, alone] = [world.row(id), without.row(id)]
          expect([left.votes, left.labels]).toEqual([alone.votes, alone.labels])
          for (const field of ['title', 'rank']) {
            if (isTheirs.has(`${id} ${field}`)) expect(left[field]).toMatch(/^[XY]$/)
            else expect(left[field]).toBe(first[field])
          }
        }
        world.all('redo')
        expect(world.rows).toEqual(made)
      }),
      { numRuns: 1_000 },
    )
  })
})
