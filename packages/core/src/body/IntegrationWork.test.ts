import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { maxIntegrationSteps } from './checkBodyUpdate.js'
import { Content, SharedType } from './readContent.js'
import { sameBody } from './sameBody.js'
import {
  docOf,
  itemStruct,
  judge,
  randomOf,
  rawUpdate,
  stateOf,
  textStruct,
  typeStruct,
  updateOf,
} from './testing/bodies.js'
import { workOf } from './testing/work.js'

const count = (n: number) => Array.from({ length: n }, (_, i) => i)
const textDoc = (text: string) =>
  docOf(1, rawUpdate([{ clientID: 5, clock: 0, structs: [textStruct({ root: 'notes' }, text)] }]))
const oneBy9 = (structs: readonly Uint8Array[]) => rawUpdate([{ clientID: 9, clock: 0, structs }])
const value = (e: encoding.Encoder) => {
  encoding.writeVarUint(e, 1)
  encoding.writeAny(e, 1)
}
/** An "x" between the first two letters by each of many clientIDs. */
const sameGap = (firstClientID: number, n: number) =>
  rawUpdate(
    count(n).map(i => ({
      clientID: firstClientID + i,
      clock: 0,
      structs: [textStruct({ origin: [5, 0], rightOrigin: [5, 1] }, 'x')],
    })),
  )

describe('what an update may cost', () => {
  const hostile: [string, () => [Y.Doc, Uint8Array]][] = [
    [
      'thousands of inserts at one place by clientIDs above thousands that are there',
      () => {
        const doc = textDoc('ab')
        const low = sameGap(100, 2_000)
        expect(judge(doc, low).kind).toBe('new')
        Y.applyUpdate(doc, low)
        return [doc, sameGap(20_000, 2_000)]
      },
    ],
    [
      'thousands of inserts by one clientID, each with another right neighbour',
      () => {
        const at = (i: number) => ({ origin: [5, 0], rightOrigin: [4, i] }) as const
        const far = count(2_000).map(i => textStruct(i === 0 ? { root: 'other' } : { rightOrigin: [4, i - 1] }, 'o'))
        const doc = docOf(1, stateOf(textDoc('ab')), rawUpdate([{ clientID: 4, clock: 0, structs: far }]))
        return [doc, oneBy9(count(2_000).map(i => textStruct(at(i), 'x')))]
      },
    ],
    [
      'inserts behind each of many that were appended one by one',
      () => {
        const chain = count(2_000).map(i =>
          i === 0 ? { root: 'notes' } : { origin: [7 - (i % 2), (i - 1) >> 1] as const },
        )
        const blocks = [6, 7].map(clientID => ({
          clientID,
          clock: 0,
          structs: chain.filter((_, i) => i % 2 === clientID - 6).map(at => textStruct(at, 'c')),
        }))
        const behindAll = count(2_000).map(i => textStruct({ origin: [6 + (i % 2), i >> 1] }, 'x'))
        return [docOf(1, rawUpdate(blocks)), oneBy9(behindAll)]
      },
    ],
    [
      'a key that is set again and again by who does not see it is set',
      () => [docOf(1), oneBy9(count(2_000).map(() => textStruct({ root: 'map', key: 'k' }, 'x')))],
    ],
    [
      'inserts between the values of one long list',
      () => {
        const doc = docOf(1)
        doc.getArray('list').insert(0, count(40_000))
        const at = (i: number) => ({ origin: [1, 39_000 - 2 * i], rightOrigin: [1, 39_001 - 2 * i] }) as const
        return [doc, oneBy9(count(8_000).map(i => textStruct(at(i), 'x')))]
      },
    ],
    [
      'deletions of every other value of one long list',
      () => {
        const doc = docOf(1)
        doc.getArray('list').insert(0, count(40_000))
        return [doc, rawUpdate([], [[1, ...count(19_000).map(i => [2 * i, 1] as const)]])]
      },
    ],
    [
      'deletions inside thousands of two hundred thousand structs',
      () => {
        const structs = count(200_000).map(i =>
          textStruct(i === 0 ? { root: 'a' } : { rightOrigin: [5, 3 * i - 3] }, 'abc'),
        )
        const doc = docOf(1, rawUpdate([{ clientID: 5, clock: 0, structs }]))
        return [doc, rawUpdate([], [[5, ...count(30_000).map(i => [3 * i + 1, 1] as const)]])]
      },
    ],
    [
      'values that continue each other one by one',
      () => [
        docOf(1),
        oneBy9(
          count(20_000).map(i => itemStruct(i === 0 ? { root: 'list' } : { origin: [9, i - 1] }, Content.any, value)),
        ),
      ],
    ],
  ]

  it.each(hostile)('[C-BODY-14] %s: INVALID, and the counting ends there', (_name, make) => {
    const [doc, update] = make()
    const before = stateOf(doc)
    expect(judge(doc, update)).toMatchObject({
      kind: 'refused',
      code: 'INVALID',
      reason: expect.stringMatching(/split/),
    })
    expect(sameBody(stateOf(doc), before)).toBe(true)
    const { steps } = workOf(doc, update, maxIntegrationSteps)
    expect(steps).toBeGreaterThan(maxIntegrationSteps)
    expect(steps).toBeLessThan(maxIntegrationSteps * 1.01)
  })

  it('[C-BODY-14] what is refused at once passes in parts', () => {
    const doc = textDoc('ab')
    Y.applyUpdate(doc, sameGap(100, 1_000))
    const update = sameGap(20_000, 1_000)
    expect(judge(doc, update, { maxSteps: 500_000 }).kind).toBe('refused')
    for (let i = 0; i < 4; i++) {
      const part = sameGap(20_000 + 250 * i, 250)
      expect(judge(doc, part, { maxSteps: 500_000 }).kind).toBe('new')
      Y.applyUpdate(doc, part)
    }
    expect(judge(doc, update).kind).toBe('contained')
  })
})

describe('what honest edits cost', () => {
  const { below } = randomOf(14)
  const edit = (doc: Y.Doc, edits: number, place: (length: number) => number) => {
    const notes = doc.getText('notes')
    return updateOf(doc, () => {
      for (let i = 0; i < edits; i++) {
        const at = place(notes.length)
        if (i % 5 === 4) notes.delete(at, Math.min(2, notes.length - at))
        else notes.insert(at, 'word '.slice(0, 1 + below(5)))
      }
    })
  }
  let caret = 0
  const places: [string, (length: number) => number][] = [
    ['scattered', length => below(length + 1)],
    ['typed here and there', length => (caret = below(20) === 0 ? below(length + 1) : Math.min(caret + 1, length))],
    ['at the beginning', () => 0],
    ['at the end', length => length],
  ]

  it.each(places)('[C-BODY-14] edits of three writers, offline for weeks, %s: far below the bound', (_name, place) => {
    const alice = docOf(7)
    const text = edit(alice, 10_000, length => (below(20) === 0 ? below(length + 1) : length))
    const server = docOf(1)
    expect(workOf(server, text).steps).toBe(0)
    Y.applyUpdate(server, text)
    const writers = [alice, docOf(8, stateOf(server)), docOf(9, stateOf(server))]
    for (const writer of writers) edit(writer, 4_000, place)
    for (const writer of writers) {
      const update = Y.encodeStateAsUpdate(writer, Y.encodeStateVector(server))
      const verdict = judge(server, update)
      if (verdict.kind !== 'new') throw new Error(verdict.kind)
      expect(workOf(server, verdict.update).steps).toBeLessThan(maxIntegrationSteps / 10)
      Y.applyUpdate(server, verdict.update)
    }
    for (const writer of writers) Y.applyUpdate(writer, stateOf(server))
    expect(new Set([server, ...writers].map(doc => doc.getText('notes').toString())).size).toBe(1)
  })

  it('[C-BODY-14] a paste of a million letters and a key set a thousand times take no step', () => {
    const alice = docOf(7)
    const paste = updateOf(alice, () => alice.getText('notes').insert(0, 'pasted '.repeat(150_000)))
    expect(workOf(docOf(1), paste).steps).toBe(0)
    const server = docOf(1)
    const set = (n: number) => updateOf(alice, () => alice.getMap('map').set('k', n))
    Y.applyUpdate(server, paste)
    Y.applyUpdate(server, set(0))
    const sets = Y.mergeUpdates(count(1_000).map(set))
    expect(workOf(server, sets).steps).toBe(0)
  })
})

describe('keys', () => {
  const map = typeStruct({ root: 'list' }, SharedType.map)
  const twoValues = textStruct({ parent: [9, 0], key: 'k' }, 'ab')

  it('[C-BODY-15] several values of a key at once are INVALID, also beside one that is there', () => {
    const server = docOf(1)
    expect(judge(server, oneBy9([map, twoValues]))).toMatchObject({ code: 'INVALID' })
    Y.applyUpdate(server, oneBy9([map, textStruct({ parent: [9, 0], key: 'k' }, 'a')]))
    const beside = rawUpdate([{ clientID: 8, clock: 0, structs: [textStruct({ origin: [9, 1] }, 'bc')] }])
    expect(judge(server, beside)).toMatchObject({ code: 'INVALID' })
  })

  it('[C-BODY-15] values that were replaced pass: who keeps what is deleted sends them so', () => {
    const alice = new Y.Doc({ gc: false })
    const values = alice.getMap('map')
    for (const n of count(5)) values.set('k', n)
    const server = docOf(1)
    const verdict = judge(server, stateOf(alice))
    expect(verdict.kind).toBe('new')
    Y.applyUpdate(server, stateOf(alice))
    expect(server.getMap('map').toJSON()).toEqual({ k: 4 })
  })

  it('[C-BODY-15] unchecked, a key of several values makes Yjs fail when its map is collected', () => {
    const server = docOf(1, oneBy9([map, twoValues]))
    const between = textStruct({ origin: [9, 1], rightOrigin: [9, 2] }, 'x')
    Y.applyUpdate(server, rawUpdate([{ clientID: 8, clock: 0, structs: [between] }]))
    expect(() => Y.applyUpdate(server, rawUpdate([], [[9, [0, 1]]]))).toThrow()
  })
})
