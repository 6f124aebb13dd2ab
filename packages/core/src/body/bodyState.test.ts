import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { bodyClientId } from './bodyClientId.js'
import { bodyFromTexts } from './bodyFromTexts.js'
import { mergeUpdates } from './mergeUpdates.js'
import { openBody, stateOfBody } from './openBody.js'
import { Content } from './readContent.js'
import { sameBody } from './sameBody.js'
import { docOf, itemStruct, judge, rawUpdate, stateOf, textStruct, updateOf } from './testing/bodies.js'
import { bodyIsEmpty, diffBody, readVector, vectorOf } from './vectorOf.js'

/** alice wrote and erased a secret, bob wrote after it. */
function sharedDoc(): Y.Doc {
  const alice = docOf(11)
  alice.getText('notes').insert(0, 'hello SECRET-4711 world')
  alice.getText('notes').delete(6, 12)
  const bob = docOf(22, stateOf(alice))
  bob.getText('notes').insert(11, '!')
  return docOf(1, stateOf(bob))
}
const contains = (bytes: Uint8Array, text: string) => new TextDecoder('latin1').decode(bytes).includes(text)

describe('the first body of an insert', () => {
  it('[C-BODY-9] the same texts give the same bytes, in whatever order they are named', () => {
    const bytes = bodyFromTexts({ notes: 'hello 😀', about: 'wörld' }, 7)
    expect(bodyFromTexts({ about: 'wörld', notes: 'hello 😀' }, 7)).toEqual(bytes)
    const doc = docOf(7)
    doc.transact(() => {
      doc.getText('about').insert(0, 'wörld')
      doc.getText('notes').insert(0, 'hello 😀')
    })
    expect(bytes).toEqual(stateOf(doc))
    expect(openBody(bytes, 'b').getText('notes').toString()).toBe('hello 😀')
  })

  it('[C-BODY-9] empty texts give an empty body', () => {
    for (const texts of [{}, { notes: '' }]) {
      const bytes = bodyFromTexts(texts, 7)
      expect(bodyIsEmpty(bytes)).toBe(true)
      expect(bytes).toEqual(stateOf(docOf(7)))
    }
    expect(bodyFromTexts({ notes: '', about: 'x' }, 7)).toEqual(bodyFromTexts({ about: 'x' }, 7))
  })

  it('[C-BODY-9] its clientID follows from the write and the place in it: 32 bits, never 0', () => {
    const seen = new Set<number>()
    for (let i = 0; i < 10_000; i++) {
      const clientID = bodyClientId(`write-${i >> 2}`, i % 4)
      expect(clientID).toBe(bodyClientId(`write-${i >> 2}`, i % 4))
      expect(Number.isInteger(clientID) && clientID > 0 && clientID < 2 ** 32).toBe(true)
      seen.add(clientID)
    }
    expect(seen.size).toBeGreaterThan(9_995)
  })
})

describe('stored states', () => {
  it('[C-BODY-10] a vector and a diff are what Yjs would make of the open document', () => {
    const state = stateOf(sharedDoc())
    const old = docOf(3)
    const early = updateOf(docOf(11), doc => doc.getText('notes').insert(0, 'hello SECRET-4711 world'))
    Y.applyUpdate(old, early)
    expect(vectorOf(state)).toEqual(Y.encodeStateVector(sharedDoc()))
    for (const vector of [Y.encodeStateVector(docOf(1)), Y.encodeStateVector(old), vectorOf(state)]) {
      expect(diffBody(state, vector)).toEqual(Y.diffUpdate(state, vector))
    }
    Y.applyUpdate(old, diffBody(state, Y.encodeStateVector(old)))
    expect(sameBody(stateOf(old), state)).toBe(true)
  })

  it('[C-BODY-10] [G11] text that was written and erased is in merged tails, but in no state and no diff', () => {
    const tails: Uint8Array[] = []
    const alice = docOf(11)
    alice.on('update', tail => tails.push(tail))
    alice.getText('notes').insert(0, 'SECRET-4711')
    alice.getText('notes').delete(0, 11)
    expect(contains(mergeUpdates(tails), 'SECRET')).toBe(true)
    const body = openBody(undefined, 'b')
    for (const tail of tails) Y.applyUpdate(body, tail)
    const state = stateOfBody(body)
    expect(contains(state, 'SECRET')).toBe(false)
    expect(contains(diffBody(state, Uint8Array.of(0)), 'SECRET')).toBe(false)
  })

  it('[C-BODY-6] a vector that means nothing is INVALID', () => {
    for (const bytes of [[], [2, 1, 1], [255, 255, 255, 255, 255, 255, 255, 15]]) {
      expect(() => readVector(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'INVALID' }))
    }
  })

  it('[C-BODY-11] [L1] bodies with equal vectors and different deletions are not the same', () => {
    const a = sharedDoc()
    const b = docOf(2, stateOf(a))
    expect(sameBody(stateOf(a), stateOf(b))).toBe(true)
    b.getText('notes').delete(0, 1)
    expect(vectorOf(stateOf(a))).toEqual(vectorOf(stateOf(b)))
    expect(sameBody(stateOf(a), stateOf(b))).toBe(false)
    b.getText('notes').insert(0, 'x')
    Y.applyUpdate(a, diffBody(stateOf(b), vectorOf(stateOf(a))))
    expect(sameBody(stateOf(a), stateOf(b))).toBe(true)
  })

  it('[C-BODY-11] how a deletion is written makes no difference', () => {
    const text = textStruct({ root: 'notes' }, 'abc')
    const tails = rawUpdate([{ clientID: 7, clock: 0, structs: [text] }], [[7, [0, 3]]])
    const collected = itemStruct({ root: 'notes' }, Content.deleted, e => encoding.writeVarUint(e, 3))
    const implied = rawUpdate([{ clientID: 7, clock: 0, structs: [collected] }])
    for (const update of [tails, implied]) expect(sameBody(update, stateOf(docOf(1, tails)))).toBe(true)
  })

  it('a body in which everything was erased is not empty: others may build on it', () => {
    const doc = docOf(7)
    expect(bodyIsEmpty(stateOf(doc))).toBe(true)
    expect(bodyIsEmpty(undefined)).toBe(true)
    doc.getText('notes').insert(0, 'x')
    doc.getText('notes').delete(0, 1)
    expect(bodyIsEmpty(stateOf(doc))).toBe(false)
  })

  it.each<[string, (doc: Y.Doc) => Y.Text]>([
    ['a text', doc => doc.getText('notes')],
    ['a text inside a rich text', doc => doc.getXmlFragment('page').get(0) as Y.XmlText],
  ])('[C-BODY-16] the formatting of %s is not tidied in an open body', (_name, textOf) => {
    const alice = docOf(7)
    alice.getXmlFragment('page').insert(0, [new Y.XmlText()])
    textOf(alice).insert(0, 'one two three')
    const bob = docOf(8, stateOf(alice))
    textOf(bob)
    const updates = [
      stateOf(alice),
      updateOf(alice, doc => textOf(doc).format(4, 3, { bold: true })),
      updateOf(bob, doc => textOf(doc).delete(2, 8)),
    ]
    const body = openBody(updates[0], 'g')
    textOf(body)
    for (const update of updates) Y.applyUpdate(body, update)
    expect(sameBody(stateOfBody(body), mergeUpdates(updates))).toBe(true)
    Y.applyUpdate(alice, updates[2]!)
    expect(sameBody(stateOf(alice), stateOfBody(body))).toBe(false)
  })

  it('[C-BODY-12] a body with pending structs or deletions is neither opened nor stored', () => {
    const incomplete = expect.objectContaining({ code: 'INVALID' })
    const pendingStructs = rawUpdate([{ clientID: 7, clock: 3, structs: [textStruct({ origin: [7, 2] }, 'x')] }])
    const pendingDeletions = rawUpdate([], [[7, [0, 3]]])
    for (const update of [pendingStructs, pendingDeletions]) {
      expect(() => openBody(update, 'b')).toThrow(incomplete)
      const doc = openBody(undefined, 'b')
      Y.applyUpdate(doc, update)
      expect(() => stateOfBody(doc)).toThrow(incomplete)
    }
    expect(openBody(undefined, 'b').guid).toBe('b')
  })

  it('[C-BODY-13] merging a thousand tails gives the document they made', () => {
    const alice = docOf(11)
    const tails: Uint8Array[] = []
    alice.on('update', tail => tails.push(tail))
    const notes = alice.getText('notes')
    for (let i = 0; i < 1000; i++)
      i % 5 === 4 ? notes.delete(i % notes.length, 1) : notes.insert((i * 7) % (notes.length + 1), 'ab')
    for (const count of [1, 64, 65, 1000]) {
      const naive = docOf(1)
      for (const tail of tails.slice(0, count)) Y.applyUpdate(naive, tail)
      const merged = mergeUpdates(tails.slice(0, count))
      expect(sameBody(stateOf(docOf(1, merged)), stateOf(naive))).toBe(true)
      expect(judge(docOf(1), merged).kind).toBe('new')
    }
    expect(bodyIsEmpty(mergeUpdates([]))).toBe(true)
  })
})
