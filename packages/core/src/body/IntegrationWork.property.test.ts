import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { docOf, judge, randomOf, rawUpdate, textStruct, typeStruct } from './testing/bodies.js'
import { passedOnApplying, workOf } from './testing/work.js'

type Id = readonly [clientID: number, clock: number]
type Random = ReturnType<typeof randomOf>

/** An update that Yjs takes, put together by chance: what exists before may stand left, right or above, of whomever. */
function anyUpdate(doc: Y.Doc, { below }: Random): Uint8Array {
  const ids: Id[] = []
  const types: Id[] = []
  const note = (clientID: number, from: number, to: number) => {
    for (let clock = from; clock < to; clock++) ids.push([clientID, clock])
  }
  for (const [clientID, structs] of doc.store.clients) {
    note(clientID, 0, Y.getState(doc.store, clientID))
    for (const item of structs) {
      if (item instanceof Y.Item && item.content instanceof Y.ContentType) types.push([clientID, item.id.clock])
    }
  }
  const blocks = new Map<number, { clientID: number; clock: number; structs: Uint8Array[]; end: number }>()
  for (let i = below(30); i >= 0; i--) {
    const clientID = 10 + below(6)
    const clock = Y.getState(doc.store, clientID)
    const block = blocks.get(clientID) ?? { clientID, clock, structs: [], end: clock }
    blocks.set(clientID, block)
    const key = below(12) === 0 ? { key: 'k' } : {}
    const [origin, rightOrigin, parent] = [ids[below(ids.length)], ids[below(ids.length)], types[below(types.length)]]
    const at = [
      origin && rightOrigin && { origin, rightOrigin },
      origin && { origin },
      rightOrigin && { rightOrigin },
      parent && { parent, ...key },
    ][below(5)] ?? { root: 'list', ...key }
    const isType = below(8) === 0
    const text = 'abc'.slice('key' in key ? 2 : below(3))
    block.structs.push(isType ? typeStruct(at, 0) : textStruct(at, text))
    if (isType) types.push([clientID, block.end])
    const end = block.end + (isType ? 1 : text.length)
    note(clientID, block.end, end)
    block.end = end
  }
  const order = [...blocks.values()].sort((a, b) =>
    below(2) === 0 ? a.clientID - b.clientID : b.clientID - a.clientID,
  )
  return rawUpdate(order)
}

/** Deletes one item and, with a type, all that is in it: what is inside becomes a gap. */
function deleteOne(doc: Y.Doc, { below }: Random): void {
  const clientIDs = [...doc.store.clients.keys()]
  const clientID = clientIDs[below(clientIDs.length)]
  if (clientID === undefined) return
  Y.applyUpdate(doc, rawUpdate([], [[clientID, [below(Y.getState(doc.store, clientID)), 1]]]))
}

describe('the work of integrating', () => {
  it('[C-BODY-14] as many items are counted as Yjs passes over, whatever the updates refer to', () => {
    let passed = 0
    fc.assert(
      fc.property(fc.nat(), seed => {
        const random = randomOf(seed)
        const doc = docOf(1)
        for (let i = 0; i < 8; i++) {
          const update = anyUpdate(doc, random)
          const before = Y.encodeStateAsUpdate(doc)
          if (judge(doc, update).kind === 'refused') continue
          const work = workOf(doc, update)
          expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
          expect(work.passed).toBe(passedOnApplying(doc, update))
          expect(doc.store.pendingStructs).toBeNull()
          passed += work.passed
          if (random.below(2) === 0) deleteOne(doc, random)
        }
      }),
      { seed: 14, numRuns: 400 },
    )
    expect(passed).toBeGreaterThan(10_000)
  }, 60_000)
})
