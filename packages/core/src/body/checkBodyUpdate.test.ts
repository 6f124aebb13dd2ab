import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { AllowedRoots, BodyCheck } from './checkBodyUpdate.js'
import { Content, SharedType } from './readContent.js'
import { readUpdate } from './readUpdate.js'
import {
  docOf,
  gcStruct,
  itemStruct,
  judge,
  rawUpdate,
  skipStruct,
  stateOf,
  textStruct,
  typeStruct,
  updateOf,
} from './testing/bodies.js'

const roots: AllowedRoots = new Map([
  ['notes', 'text'],
  ['page', 'richText'],
])
const type = (doc: Y.Doc, text: string, at = 0) => updateOf(doc, () => doc.getText('notes').insert(at, text))
const erase = (doc: Y.Doc, at: number, length: number) => updateOf(doc, () => doc.getText('notes').delete(at, length))

/** A server's document with "hello" by clientID 5. */
const helloDoc = () =>
  docOf(1, rawUpdate([{ clientID: 5, clock: 0, structs: [textStruct({ root: 'notes' }, 'hello')] }]))
const codeOf = (body: BodyCheck['body'], update: Uint8Array, rest: Partial<BodyCheck> = {}) => {
  const verdict = judge(body, update, rest)
  return verdict.kind === 'refused' ? verdict.code : verdict.kind
}
const applied = (doc: Y.Doc, update: Uint8Array) => {
  const verdict = judge(doc, update)
  if (verdict.kind === 'new') Y.applyUpdate(doc, verdict.update)
  return verdict
}

describe('what a body update may build on', () => {
  it('[C-BODY-1] [C-BODY-2] what depends on a refused update is refused with REBASE and never pends', () => {
    const alice = docOf(7)
    const server = docOf(1)
    const denied = type(alice, 'denied')
    const allowed = type(alice, 'allowed', 6)
    const bob = docOf(8, stateOf(alice))
    const byBob = type(bob, '!', 13)
    const deletion = erase(bob, 0, 2)

    expect(codeOf(server, denied, { boundUserOf: () => 'carol' })).toBe('DENIED')
    for (const update of [allowed, byBob, deletion]) expect(codeOf(server, update)).toBe('REBASE')
    expect(stateOf(server)).toEqual(stateOf(docOf(1)))
  })

  it('[C-BODY-2] a deletion of text that is yet to come is refused', () => {
    const server = docOf(1)
    const inAdvance = rawUpdate([], [[5, [0, 1000]]])
    expect(codeOf(server, inAdvance)).toBe('REBASE')
    Y.applyUpdate(server, stateOf(helloDoc()))
    expect(codeOf(server, inAdvance)).toBe('REBASE')
    expect(server.getText('notes').toString()).toBe('hello')
  })

  it.each<[string, string, Uint8Array]>([
    ['a gap before it', 'REBASE', rawUpdate([{ clientID: 5, clock: 6, structs: [gcStruct(1)] }])],
    [
      'a gap inside it',
      'REBASE',
      rawUpdate([{ clientID: 5, clock: 5, structs: [gcStruct(1), skipStruct(2), gcStruct(1)] }]),
    ],
    [
      'an unknown clock as origin',
      'REBASE',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ origin: [5, 5] }, 'x')] }]),
    ],
    [
      'an unknown clientID as origin',
      'REBASE',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ origin: [6, 0] }, 'x')] }]),
    ],
    [
      'an unknown right origin',
      'REBASE',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ rightOrigin: [6, 0] }, 'x')] }]),
    ],
    [
      'an unknown parent',
      'REBASE',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ parent: [6, 0] }, 'x')] }]),
    ],
    ['an unknown deleted clientID', 'REBASE', rawUpdate([], [[6, [0, 1]]])],
    ['a deletion one too long', 'REBASE', rawUpdate([], [[5, [0, 6]]])],
    [
      'itself as origin',
      'INVALID',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ origin: [9, 0] }, 'x')] }]),
    ],
    [
      'its own later item as origin',
      'INVALID',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ origin: [9, 7] }, 'x')] }]),
    ],
    [
      'its own later item as parent',
      'INVALID',
      rawUpdate([
        { clientID: 9, clock: 0, structs: [textStruct({ parent: [9, 1] }, 'x'), typeStruct({ root: 'a' }, 0)] },
      ]),
    ],
    [
      'a circle of two',
      'INVALID',
      rawUpdate([
        { clientID: 9, clock: 0, structs: [textStruct({ origin: [8, 0] }, 'x')] },
        { clientID: 8, clock: 0, structs: [textStruct({ origin: [9, 0] }, 'x')] },
      ]),
    ],
    [
      'a letter as parent',
      'INVALID',
      rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ parent: [5, 2] }, 'x')] }]),
    ],
    [
      'clientIDs of no end',
      'INVALID',
      rawUpdate(Array.from({ length: 10_001 }, (_, i) => ({ clientID: i + 10, clock: 0, structs: [gcStruct(1)] }))),
    ],
  ])('[C-BODY-2] [C-BODY-6] an update with %s is refused as %s and leaves no trace', (_name, code, update) => {
    const server = helloDoc()
    const before = stateOf(server)
    expect(codeOf(server, update)).toBe(code)
    expect(stateOf(server)).toEqual(before)
  })

  it('[C-BODY-1] parts of one update may wait for each other, as far as there is an order', () => {
    const server = docOf(1)
    const update = rawUpdate([
      { clientID: 9, clock: 0, structs: [textStruct({ root: 'a' }, 'x'), textStruct({ origin: [8, 0] }, 'x')] },
      { clientID: 8, clock: 0, structs: [textStruct({ origin: [9, 0] }, 'y'), textStruct({ origin: [9, 1] }, 'y')] },
    ])
    expect(applied(server, update)).toMatchObject({ kind: 'new', newClientIDs: [9, 8] })
    expect(server.store.pendingStructs).toBeNull()
    expect(server.getText('a').toString()).toBe('xyxy')
  })
})

describe('repeats', () => {
  it('[C-BODY-3] an update is new once; a deletion is recognised as a repeat too', () => {
    const alice = docOf(7)
    const server = docOf(1)
    const first = type(alice, 'hello')
    const second = erase(alice, 1, 3)
    expect(applied(server, first)).toEqual({ kind: 'new', update: first, newClientIDs: [7], onlyDeletes: false })
    expect(applied(server, second)).toEqual({ kind: 'new', update: second, newClientIDs: [], onlyDeletes: true })
    for (const update of [first, second, stateOf(alice)]) expect(judge(server, update).kind).toBe('contained')
  })

  it('[C-BODY-3] of an update that is known in part, only the rest is new', () => {
    const alice = docOf(7)
    const server = docOf(1, type(alice, 'hello'), erase(alice, 0, 1))
    type(alice, ' world', 4)
    erase(alice, 0, 2)
    const verdict = judge(server, stateOf(alice))
    if (verdict.kind !== 'new') throw new Error(verdict.kind)
    const { blocks, deletions } = readUpdate(verdict.update)
    expect(blocks.map(b => [b.clientID, b.structs.map(s => [s.clock, s.length])])).toEqual([[7, [[5, 6]]]])
    expect([...deletions]).toEqual([[7, [{ clock: 1, length: 2 }]]])
    Y.applyUpdate(server, verdict.update)
    expect(server.getText('notes').toString()).toBe('lo world')
  })

  it.each<[string, number, (encoder: encoding.Encoder) => void]>([
    ['text', Content.string, e => encoding.writeVarString(e, 'abcdé')],
    ['a text whose emoji is cut in two', Content.string, e => encoding.writeVarString(e, 'ab😀d')],
    ['deleted', Content.deleted, e => encoding.writeVarUint(e, 5)],
    [
      'values',
      Content.any,
      e => {
        encoding.writeVarUint(e, 5)
        for (const value of [1, undefined, -70.5, 'x', { a: ['ö', new Uint8Array(2)] }]) encoding.writeAny(e, value)
      },
    ],
    [
      'JSON values',
      Content.json,
      e => {
        encoding.writeVarUint(e, 5)
        for (const text of ['1', 'undefined', '{"a":1}', '"x"', 'null']) encoding.writeVarString(e, text)
      },
    ],
  ])('[C-BODY-3] the tail of a struct of %s is cut where Yjs cuts it', (_name, content, write) => {
    const whole = rawUpdate([{ clientID: 7, clock: 0, structs: [itemStruct({ root: 'r' }, content, write)] }])
    for (let known = 1; known < 5; known++) {
      const part = itemStruct({ root: 'r' }, Content.deleted, e => encoding.writeVarUint(e, known))
      const server = docOf(1, rawUpdate([{ clientID: 7, clock: 0, structs: [part] }]))
      const naive = docOf(1, stateOf(server))
      const verdict = judge(server, whole)
      if (verdict.kind !== 'new') throw new Error(verdict.kind)
      expect(readUpdate(verdict.update).blocks[0]!.structs[0]).toMatchObject({ clock: known, length: 5 - known })
      Y.applyUpdate(server, verdict.update)
      Y.applyUpdate(naive, whole)
      expect(stateOf(server)).toEqual(stateOf(naive))
    }
  })

  it('[C-BODY-3] the tail of a text keeps what stood to its right', () => {
    const server = helloDoc()
    const alice = docOf(7, stateOf(server))
    applied(server, type(alice, 'ab', 2))
    type(alice, 'cd', 4)
    const verdict = judge(server, stateOf(alice))
    if (verdict.kind !== 'new') throw new Error(verdict.kind)
    const tail = readUpdate(verdict.update).blocks[0]!.structs[0]!
    expect(tail).toMatchObject({ origin: { clientID: 7, clock: 1 }, rightOrigin: { clientID: 5, clock: 2 } })
    Y.applyUpdate(server, verdict.update)
    expect(server.getText('notes').toString()).toBe('heabcdllo')
  })

  it('[C-BODY-3] [C-BODY-6] what a repeat says about known clocks has no effect, however wrong', () => {
    const server = helloDoc()
    const lies = rawUpdate([{ clientID: 5, clock: 0, structs: [textStruct({ origin: [99, 7] }, 'HELLO')] }])
    expect(judge(server, lies)).toEqual({ kind: 'contained' })
    for (const at of [{ parent: [99, 7] }, { origin: [99, 7] }, { root: 'other' }] as const) {
      const longerLies = rawUpdate([{ clientID: 5, clock: 0, structs: [textStruct(at, 'HELLO world')] }])
      const fresh = helloDoc()
      expect(judge(fresh, longerLies, { allowedRoots: roots }).kind).toBe('new')
      applied(fresh, longerLies)
      expect(fresh.getText('notes').toString()).toBe('hello world')
    }
  })

  it('[C-BODY-3] deletions that are known in part, or written in disorder, come out sorted and new', () => {
    const server = helloDoc()
    const disorder = rawUpdate([], [[5, [3, 2], [0, 4]]])
    expect(judge(server, disorder)).toMatchObject({ update: rawUpdate([], [[5, [0, 5]]]) })
    const byCarol = rawUpdate([{ clientID: 9, clock: 0, structs: [textStruct({ root: 'notes' }, 'carol')] }])
    applied(server, byCarol)
    applied(server, rawUpdate([], [[9, [0, 2]]]))
    const partlyKnown = rawUpdate(
      [],
      [
        [9, [0, 2]],
        [5, [1, 1]],
      ],
    )
    expect(judge(server, partlyKnown)).toMatchObject({ update: rawUpdate([], [[5, [1, 1]]]) })
    expect(judge(server, rawUpdate([], [[9, [1, 3]]]))).toMatchObject({ update: rawUpdate([], [[9, [2, 2]]]) })
  })
})

describe('whose clientID it is', () => {
  const boundUserOf = (clientID: number) => (clientID === 5 ? 'bob' : clientID === 7 ? 'alice' : undefined)

  it('[C-BODY-4] new content under a clientID of another user is DENIED, also behind a gap', () => {
    const continued = rawUpdate([{ clientID: 5, clock: 5, structs: [textStruct({ origin: [5, 4] }, 'forged')] }])
    const ahead = rawUpdate([{ clientID: 5, clock: 50, structs: [textStruct({ origin: [5, 4] }, 'forged')] }])
    for (const update of [continued, ahead]) expect(codeOf(helloDoc(), update, { boundUserOf })).toBe('DENIED')
    expect(codeOf(helloDoc(), continued, { boundUserOf, userId: 'bob' })).toBe('new')
  })

  it('[C-BODY-4] a free clientID is named to be bound, an own one is not', () => {
    const server = helloDoc()
    for (const [clientID, newClientIDs] of [
      [7, []],
      [9, [9]],
    ] as const) {
      const update = type(docOf(clientID, stateOf(server)), 'x')
      expect(judge(server, update, { boundUserOf })).toMatchObject({ kind: 'new', newClientIDs })
    }
  })

  it('[C-BODY-4] repeating and deleting text of another user is a normal edit', () => {
    const server = helloDoc()
    const alice = docOf(7, stateOf(server))
    expect(judge(server, stateOf(alice), { boundUserOf })).toEqual({ kind: 'contained' })
    expect(judge(server, erase(alice, 0, 3), { boundUserOf })).toMatchObject({ kind: 'new', onlyDeletes: true })
    type(alice, 'x', 1)
    expect(judge(server, stateOf(alice), { boundUserOf })).toMatchObject({ kind: 'new', newClientIDs: [] })
  })
})

describe('where it may write', () => {
  const inRoot = (struct: Uint8Array) => rawUpdate([{ clientID: 9, clock: 0, structs: [struct] }])
  const value = (e: encoding.Encoder) => {
    encoding.writeVarUint(e, 1)
    encoding.writeAny(e, 1)
  }

  it.each<[string, Uint8Array]>([
    ['a foreign root', inRoot(textStruct({ root: 'other' }, 'x'))],
    ['the root without a name', inRoot(textStruct({ root: '' }, 'x'))],
    [
      'a foreign root behind an own one',
      rawUpdate([
        { clientID: 9, clock: 0, structs: [textStruct({ root: 'notes' }, 'x'), textStruct({ root: 'other' }, 'x')] },
      ]),
    ],
    [
      'an element in a text',
      inRoot(
        itemStruct({ root: 'notes' }, Content.type, e => {
          encoding.writeVarUint(e, SharedType.xmlElement)
          encoding.writeVarString(e, 'p')
        }),
      ),
    ],
    ['an element beside letters of a text', inRoot(typeStruct({ origin: [5, 1] }, SharedType.xmlText))],
    ['a list value in a text', inRoot(itemStruct({ root: 'notes' }, Content.any, value))],
    ['a map entry in a text', inRoot(itemStruct({ root: 'notes', key: 'k' }, Content.any, value))],
    ['letters as a map entry in a text', inRoot(textStruct({ root: 'notes', key: 'k' }, 'x'))],
    ['a text as an attribute of a rich text', inRoot(typeStruct({ root: 'page', key: 'k' }, SharedType.xmlText))],
    ['letters in a rich text', inRoot(textStruct({ root: 'page' }, 'x'))],
    ['a map entry in a rich text', inRoot(itemStruct({ root: 'page', key: 'k' }, Content.any, value))],
    ['a map in a rich text', inRoot(typeStruct({ root: 'page' }, SharedType.map))],
  ])('[C-BODY-5] %s is INVALID, in an open collection it is not', (_name, update) => {
    expect(codeOf(helloDoc(), update, { allowedRoots: roots })).toBe('INVALID')
    expect(codeOf(helloDoc(), update)).toBe('new')
  })

  it('[C-BODY-5] what editors put into a text and a rich text passes', () => {
    const alice = docOf(7)
    const notes = alice.getText('notes')
    notes.insert(0, 'hello')
    notes.format(1, 2, { bold: true })
    notes.insertEmbed(2, { image: 'x' })
    notes.insertEmbed(2, new Y.Map([['x', 1]]))
    notes.delete(0, 1)
    const paragraph = new Y.XmlElement('p')
    alice.getXmlFragment('page').push([new Y.XmlText('x'), paragraph])
    paragraph.setAttribute('level', '1')
    paragraph.push([new Y.XmlText('in p')])
    expect(codeOf(docOf(1), stateOf(alice), { allowedRoots: roots })).toBe('new')
  })

  it('[C-BODY-7] a document inside a document is INVALID, wherever it would end', () => {
    const doc = (e: encoding.Encoder) => {
      encoding.writeVarString(e, 'guid')
      encoding.writeAny(e, {})
    }
    const alice = docOf(7)
    alice.getMap<Y.Doc>('map').set('inner', new Y.Doc({ guid: 'inner' }))
    expect(codeOf(docOf(1), stateOf(alice))).toBe('INVALID')
    const inGap = [gcStruct(1), itemStruct({ origin: [9, 0] }, Content.doc, doc)]
    expect(codeOf(docOf(1), rawUpdate([{ clientID: 9, clock: 0, structs: inGap }]))).toBe('INVALID')
  })

  it('[C-BODY-7] types nested deeper than 256 are INVALID, in one update or in many', () => {
    const nested = (from: number, to: number) =>
      rawUpdate([
        {
          clientID: 9,
          clock: from,
          structs: Array.from({ length: to - from }, (_, i) =>
            typeStruct(from + i === 0 ? { root: 'r' } : { parent: [9, from + i - 1] }, SharedType.array),
          ),
        },
      ])
    expect(codeOf(docOf(1), nested(0, 257))).toBe('INVALID')
    const server = docOf(1)
    expect(applied(server, nested(0, 256)).kind).toBe('new')
    expect(codeOf(server, nested(256, 257))).toBe('INVALID')
    expect(applied(server, rawUpdate([], [[9, [0, 1]]])).kind).toBe('new')
    expect(server.getArray('r').length).toBe(0)
  })

  it.each<[string, Uint8Array]>([
    ['left', textStruct({ origin: [8, 1] }, 'x')],
    ['right', textStruct({ rightOrigin: [8, 0] }, 'x')],
    ['left and right', textStruct({ origin: [5, 4], rightOrigin: [8, 0] }, 'x')],
    ['above', textStruct({ parent: [8, 0] }, 'x')],
  ])('[C-BODY-1] what has a gap to its %s becomes one', (_side, struct) => {
    const server = helloDoc()
    applied(server, rawUpdate([{ clientID: 8, clock: 0, structs: [gcStruct(2)] }]))
    const onGap = rawUpdate([{ clientID: 9, clock: 0, structs: [struct, textStruct({ origin: [9, 0] }, 'y')] }])
    const value = itemStruct({ origin: [5, 4], rightOrigin: [8, 0] }, Content.binary, e => encoding.writeVarUint(e, 0))
    const onGapToo = rawUpdate([{ clientID: 9, clock: 0, structs: [value] }])
    expect(judge(server, onGapToo, { allowedRoots: roots }).kind).toBe('new')
    expect(applied(server, onGap)).toMatchObject({ kind: 'new', update: onGap })
    expect(server.store.pendingStructs).toBeNull()
    expect(server.getText('notes').toString()).toBe('hello')
  })

  it('[C-BODY-1] what is put beside or into collected content becomes collected, as in Yjs', () => {
    const server = docOf(1)
    server.getXmlFragment('page').push([new Y.XmlElement('p')])
    const page = server.getXmlFragment('page').get(0) as Y.XmlElement
    page.push([new Y.XmlText('gone')])
    const late = docOf(9, stateOf(server))
    const text = (late.getXmlFragment('page').get(0) as Y.XmlElement).get(0) as Y.XmlText
    const update = updateOf(late, () => text.insert(2, 'late'))
    server.getXmlFragment('page').delete(0, 1)
    expect(applied(server, update)).toMatchObject({ kind: 'new' })
    expect(server.store.pendingStructs).toBeNull()
    expect(server.getXmlFragment('page').toString()).toBe('')
  })
})

describe('how large it may grow', () => {
  it('[C-BODY-8] beyond the bound only updates that only delete pass', () => {
    const server = helloDoc()
    const alice = docOf(7, stateOf(server))
    const sizes = { currentBytes: 100, maxBodyBytes: 110 }
    const longText = type(alice, 'a longer text')
    expect(codeOf(server, longText, sizes)).toBe('BODY_TOO_LARGE')
    const carol = docOf(8, stateOf(server))
    expect(judge(server, erase(carol, 0, 2), { currentBytes: 500, maxBodyBytes: 110 })).toMatchObject({
      kind: 'new',
      onlyDeletes: true,
    })
    expect(codeOf(server, longText, { currentBytes: 100, maxBodyBytes: 100 + longText.length })).toBe('new')
  })

  it('[C-BODY-8] a repeat of any size is contained in a body at its bound', () => {
    const server = helloDoc()
    expect(codeOf(server, stateOf(server), { currentBytes: 500, maxBodyBytes: 110 })).toBe('contained')
  })
})
