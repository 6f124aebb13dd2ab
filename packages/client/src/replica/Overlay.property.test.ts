import {
  checkPatch,
  editValues,
  modelOf,
  type RowValues,
  type RowWrite,
  schemaModelOf,
  stampFromMs,
} from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PendingEntry } from '../outbox/PendingEntry.js'
import { buyTicket, schema, tasks, tickets } from '../testing/tracker.js'
import { CommandPreviews } from './CommandPreviews.js'
import { Confirmed } from './Confirmed.js'
import { emptyDelta } from './Delta.js'
import { Overlay } from './Overlay.js'

const model = schemaModelOf(schema)
const view = 'l/tasks/all'

function makeOverlay(): { confirmed: Confirmed; overlay: Overlay } {
  const confirmed = new Confirmed()
  confirmed.load(view, 0, [])
  const previews = new CommandPreviews(model, [buyTicket], 'alice', confirmed)
  return { confirmed, overlay: new Overlay(model, confirmed, 'alice', (entry, before) => previews.run(entry, before)) }
}

const id = fc.constantFrom('a', 'b')
const write: fc.Arbitrary<RowWrite> = fc
  .oneof(
    fc.record({ op: fc.constant('insert' as const), id, values: fc.record({ title: fc.constantFrom('x', 'y') }) }),
    fc.record({ op: fc.constant('remove' as const), id }),
    fc.record({
      op: fc.constant('update' as const),
      id,
      patch: fc.oneof(
        fc.record({ title: fc.constantFrom('p', 'q', 'r') }),
        fc.integer({ min: 1, max: 3 }).map(increment => ({ votes: { increment } })),
      ),
    }),
  )
  .map(written => ({ ...written, collection: 'tasks' }) as RowWrite)

const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), writes: fc.array(write, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('answer' as const), place: fc.nat(9) }),
  fc.record({ kind: fc.constant('confirm' as const), id, title: fc.option(fc.constantFrom('c1', 'c2')) }),
)

/** What a person would compute with a pencil. */
function naive(row: RowValues | undefined, writes: readonly RowWrite[]): RowValues | undefined {
  let shown = row
  for (const written of writes) {
    if (written.op === 'insert' && shown === undefined) {
      const meta = { $createdAt: 0, $createdBy: 'alice', $updatedAt: 0, $updatedBy: 'alice' }
      shown = { title: '', status: 'todo', rank: 'm', votes: 0, labels: [], ...written.values, ...meta }
    } else if (written.op === 'update' && shown !== undefined) {
      shown = editValues(shown, checkPatch(modelOf(tasks), written.patch, { decided: false }), 0, 'alice')
    } else if (written.op === 'remove') shown = undefined
  }
  return shown
}

const confirmedRow = (title: string): RowValues => ({
  title,
  status: 'todo',
  rank: 'm',
  votes: 10,
  labels: [],
  $createdAt: 0,
  $createdBy: 'bob',
  $updatedAt: 0,
  $updatedBy: 'bob',
})

describe('Overlay', () => {
  it('[CL-REPLICA-20] a visible row is the confirmed one with the outbox replayed in order, after any history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const { confirmed, overlay } = makeOverlay()
        let entries: PendingEntry[] = []
        const rows = new Map<string, RowValues>()
        for (const [place, taken] of steps.entries()) {
          if (taken.kind === 'write') {
            const entry: PendingEntry = {
              writeId: `w${place}`,
              mutation: { kind: 'batch', writes: taken.writes },
              stamp: stampFromMs(0),
              seen: 0,
              queuedAt: 0,
              bytes: 1,
              state: { kind: 'waiting' },
              calls: [],
              parts: [],
              place,
            }
            entries.push(entry)
            overlay.update([[entry.writeId, entry]], new Set())
          } else if (taken.kind === 'answer') {
            const entry = entries[taken.place]
            if (entry === undefined) continue
            entries = entries.filter(other => other !== entry)
            overlay.update([[entry.writeId, undefined]], new Set())
          } else {
            const key = { collection: 'tasks', id: taken.id }
            const delta =
              taken.title === null
                ? { ...emptyDelta, droppedRows: [{ ...key, isRead: true as const, why: 'removed' as const }] }
                : {
                    ...emptyDelta,
                    rows: [{ ...key, values: confirmedRow(taken.title), views: [view], isRead: true as const }],
                  }
            if (taken.title === null) rows.delete(taken.id)
            else rows.set(taken.id, confirmedRow(taken.title))
            overlay.update([], confirmed.apply(delta, place + 1))
          }
          for (const each of ['a', 'b']) {
            const writes = entries.flatMap(({ mutation }) => (mutation.kind === 'batch' ? mutation.writes : []))
            const expected = naive(
              rows.get(each),
              writes.filter(written => written.id === each),
            )
            expect(overlay.row(`tasks/${each}`)).toEqual(expected)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('[CL-REPLICA-21] a command is previewed on the rows before it, again when they change, and not at all unread', () => {
    const { confirmed, overlay } = makeOverlay()
    const command = (place: number): PendingEntry => ({
      writeId: `c${place}`,
      mutation: { kind: 'command', name: buyTicket.name, input: { ticket: 't' }, queuedAt: 0 },
      stamp: stampFromMs(0),
      seen: 0,
      queuedAt: 0,
      bytes: 1,
      state: { kind: 'waiting' },
      calls: [],
      parts: [],
      place,
    })
    overlay.update([['c1', command(1)]], new Set())
    expect(overlay.isPending('tickets/t')).toBe(false)
    const ticket = (owner: string | null): RowValues => ({ ...confirmedRow(''), event: 'e', owner })
    const confirm = (owner: string | null): void => {
      confirmed.load('r/tickets/t', 0, [])
      const row = {
        collection: tickets.name,
        id: 't',
        values: ticket(owner),
        views: ['r/tickets/t'],
        isRead: true as const,
      }
      overlay.update([], confirmed.apply({ ...emptyDelta, rows: [row] }, 1))
    }
    confirm(null)
    expect(overlay.row('tickets/t')).toMatchObject({ owner: 'alice' })
    confirm('bob')
    expect(overlay.row('tickets/t')).toMatchObject({ owner: 'bob' })
    expect(overlay.isPending('tickets/t')).toBe(false)
  })
})
