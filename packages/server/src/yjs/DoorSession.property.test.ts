import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import type { DoorEffect } from './DoorEffect.js'
import { DoorSession } from './DoorSession.js'
import { awarenessFrame, step1Frame, step2Frame, updateFrame } from './doorMessage.js'

const limits = { framesPerSecond: 1_000, waitingUpdates: 1_000, heldBytes: 1 << 20 }

function written(): Y.Doc {
  const doc = new Y.Doc()
  doc.getText('notes').insert(0, 'one two three')
  doc.getText('notes').delete(4, 4)
  doc.getMap('m').set('k', [1, { a: null }])
  return doc
}
const state = Y.encodeStateAsUpdate(written())
const seeds = [
  step1Frame(Y.encodeStateVector(written())),
  step2Frame(state),
  updateFrame(Y.encodeStateAsUpdate(written())),
  awarenessFrame([{ clientId: 7, clock: 3, state: '{"name":"alice"}' }]),
  new Uint8Array([3]),
]

const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat(), fc.boolean())
  .map(([seed, changes, cut, isCut]) => {
    const frame = seed.slice(0, isCut ? cut % (seed.length + 1) : seed.length)
    for (const [at, byte] of changes) if (frame.length > 0) frame[at % frame.length] = byte
    return frame
  })
const frames = fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 40 })), { maxLength: 8 })

it('[S-DOOR-6] whatever bytes come, the session answers or closes with a number of its own, and is silent after it', () => {
  const numRuns = 3_000
  let closed = 0
  fc.assert(
    fc.property(frames, fc.constantFrom('read', 'write'), (said, role) => {
      const session = new DoorSession({ collection: 'pages', id: 'p1' }, limits, 0)
      const effects: DoorEffect[] = []
      /** A node that answers at once. */
      const serve = (more: DoorEffect[]): void => {
        effects.push(...more)
        for (const { kind } of more) {
          if (kind === 'look') {
            const rights = { userId: 'alice', role, isReadable: () => true, expiresAtMs: null } as const
            serve(session.looked({ ...rights, head: 1, state }, 0))
          } else if (kind === 'sendSync') serve(session.flushed(0))
        }
      }
      serve(session.opened())
      for (const frame of said) serve(session.frameReceived(frame, 0))
      const at = effects.findIndex(({ kind }) => kind === 'close')
      if (at < 0) return
      closed++
      const close = effects[at] as Extract<DoorEffect, { kind: 'close' }>
      expect(close.number).toBeGreaterThanOrEqual(4400)
      expect(close.number).toBeLessThan(4500)
      expect(effects.slice(at + 1)).toEqual([])
    }),
    { numRuns },
  )
  expect(closed).toBeGreaterThan(numRuns / 4)
  expect(closed).toBeLessThan(numRuns)
})
