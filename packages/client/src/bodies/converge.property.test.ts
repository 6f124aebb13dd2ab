import { sameBody } from '@tidemark/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { ManualClock } from '../testing/ManualClock.js'
import { seededRandom } from '../testing/seededRandom.js'
import { BodyDocs } from './BodyDocs.js'
import { BodyRoom, turn } from './testing/BodyRoom.js'

const who = fc.nat(2)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('type' as const),
      who,
      at: fc.nat(40),
      word: fc.string({ minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      who,
      at: fc.nat(40),
      length: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('format' as const),
      who,
      at: fc.nat(40),
      length: fc.integer({ min: 1, max: 9 }),
      bold: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('hear' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refuse' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
)

describe('editors of one body', () => {
  it('[L1, CL-BODY-5] converge on what the authority holds, through refusals, rebuilds and closing', async () => {
    let rebuilds = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        fc.integer(),
        async (steps, seed) => {
          const room = new BodyRoom()
          const random = seededRandom(seed)
          const editors = ['alice', 'bob', 'carol'].map(userId => {
            const replica = room.join(userId)
            const docs = new BodyDocs({ source: replica, clock: new ManualClock(), random })
            docs.text('tasks', 't1', 'notes').subscribe(() => undefined)
            return { replica, docs, text: () => docs.text('tasks', 't1', 'notes').getSnapshot().text }
          })
          await turn()
          for (const step of steps) {
            if (step.kind === 'turn') {
              await turn()
              continue
            }
            const { replica, docs, text: textNow } = editors[step.who]!
            const text = textNow()
            const size = text?.length ?? 0
            if (step.kind === 'type') text?.insert(Math.min(step.at, size), step.word)
            if (step.kind === 'cut' && step.at < size) text?.delete(step.at, Math.min(step.length, size - step.at))
            if (step.kind === 'format' && step.at < size) {
              text?.format(step.at, Math.min(step.length, size - step.at), { bold: step.bold ? true : null })
            }
            if (step.kind === 'push') replica.push()
            if (step.kind === 'hear') replica.hear()
            if (step.kind === 'refuse') {
              room.isRefusing = true
              if (replica.push()) rebuilds++
              room.isRefusing = false
            }
            if (step.kind === 'reopen') {
              docs.close()
              docs.text('tasks', 't1', 'notes').subscribe(() => undefined)
            }
          }
          await room.settle()
          for (const { text } of editors) {
            const doc = text()!.doc!
            expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null])
            expect(text()!.toString()).toBe(room.text('notes'))
          }
          const confirmed = editors.map(({ replica }) => replica.confirmed!)
          for (const state of confirmed) expect(sameBody(state, room.state!)).toBe(true)
          const formats = editors.map(({ text }) => text()!.toDelta())
          expect(formats[1]).toEqual(formats[0])
          expect(formats[2]).toEqual(formats[0])
          const stored = new Y.Doc()
          Y.applyUpdate(stored, room.state!)
          expect(stored.getText('notes').toDelta()).toEqual(formats[0])
        },
      ),
      { numRuns: 150 },
    )
    expect(rebuilds).toBeGreaterThan(10)
  })
})
