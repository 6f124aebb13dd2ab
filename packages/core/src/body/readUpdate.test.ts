import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { Content } from './readContent.js'
import { joinRanges, readUpdate } from './readUpdate.js'
import {
  bytesOf,
  docOf,
  gcStruct,
  itemStruct,
  randomOf,
  rawUpdate,
  skipStruct,
  stateOf,
  textStruct,
  typeStruct,
} from './testing/bodies.js'

const huge = Number.MAX_SAFE_INTEGER
const uints = (...numbers: number[]) =>
  bytesOf(encoder => {
    for (const number of numbers) encoding.writeVarUint(encoder, number)
  })
const alone = (struct: Uint8Array, clock = 0) => rawUpdate([{ clientID: 5, clock, structs: [struct] }])
const json = (text: string) => itemStruct({ root: 'r' }, Content.embed, e => encoding.writeVarString(e, text))
const any = (...bytes: number[]) =>
  itemStruct({ root: 'r' }, Content.any, e => {
    for (const byte of bytes) encoding.writeUint8(e, byte)
  })

const hostile: Record<string, Uint8Array> = {
  'no bytes': new Uint8Array(),
  'bytes after the end': Uint8Array.of(0, 0, 0),
  '2^53 clientIDs announced': uints(huge),
  '2^53 structs announced': uints(1, huge, 5, 0),
  '2^53 deletions announced': uints(0, 1, 5, huge),
  'a number of 60 bytes': Uint8Array.from({ length: 60 }, () => 0x80),
  'a number above 2^53': Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0),
  'a clientID above 2^53': Uint8Array.of(0, 1, 255, 255, 255, 255, 255, 255, 255, 127, 1, 1, 1),
  'a huge clock': alone(gcStruct(1), huge),
  'a huge length': alone(gcStruct(huge)),
  'lengths that add up to a huge clock': rawUpdate([
    { clientID: 5, clock: 0, structs: [gcStruct(2 ** 47), gcStruct(2 ** 47), gcStruct(2 ** 47)] },
  ]),
  'a huge deletion': rawUpdate([], [[5, [1, huge]]]),
  'a string longer than the bytes': alone(
    itemStruct({ root: 'r' }, Content.string, e => encoding.writeVarUint(e, huge)),
  ),
  'bytes longer than the bytes': alone(itemStruct({ root: 'r' }, Content.binary, e => encoding.writeVarUint(e, huge))),
  '2^53 values announced': alone(itemStruct({ root: 'r' }, Content.any, e => encoding.writeVarUint(e, huge))),
  '2^53 JSON values announced': alone(itemStruct({ root: 'r' }, Content.json, e => encoding.writeVarUint(e, huge))),
  'an array of 2^53 announced': alone(any(1, 117, ...uints(huge))),
  'an empty text': alone(textStruct({ root: 'r' }, '')),
  'an empty gap': alone(gcStruct(0)),
  'an empty skip': alone(skipStruct(0)),
  'an empty deletion': rawUpdate([], [[5, [1, 0]]]),
  'a gap with flags': alone(Uint8Array.of(0x80, 1)),
  'a skip with flags': alone(Uint8Array.of(0x8a, 1)),
  'a content of no known kind': alone(itemStruct({ root: 'r' }, 11, () => {})),
  'a shared type of no known kind': alone(typeStruct({ root: 'r' }, 7)),
  'a parent of no known kind': alone(Uint8Array.of(4, 2, 1, 114, 1, 97)),
  'two blocks of one clientID': rawUpdate([
    { clientID: 5, clock: 0, structs: [gcStruct(1)] },
    { clientID: 5, clock: 1, structs: [gcStruct(1)] },
  ]),
  'two delete sets of one clientID': rawUpdate(
    [],
    [
      [5, [0, 1]],
      [5, [2, 1]],
    ],
  ),
  'text that is not UTF-8': alone(
    itemStruct({ root: 'r' }, Content.string, e => encoding.writeVarUint8Array(e, Uint8Array.of(0xc0, 0x80))),
  ),
  'an embed that is not JSON': alone(json('{')),
  'a value of no known kind': alone(any(1, 115)),
  '[C-BODY-7] JSON nested 65 deep': alone(json('['.repeat(65) + ']'.repeat(65))),
  '[C-BODY-7] JSON nested 100,000 deep': alone(json('['.repeat(100_000) + ']'.repeat(100_000))),
  '[C-BODY-7] a value nested 20,000 deep': alone(any(1, ...Array.from({ length: 20_000 }, () => [117, 1]).flat(), 126)),
  '__proto__ as a root': alone(textStruct({ root: '__proto__' }, 'x')),
  '__proto__ as a map key': alone(textStruct({ root: 'r', key: '__proto__' }, 'x')),
  '__proto__ in JSON': alone(json('{"a":{"__proto__":{"isAdmin":true}}}')),
  '__proto__ in a value': alone(
    itemStruct({ root: 'r' }, Content.any, e => {
      for (const byte of [1, 118, 1]) encoding.writeUint8(e, byte)
      encoding.writeVarString(e, '__proto__')
      encoding.writeUint8(e, 126)
    }),
  ),
}

describe('readUpdate', () => {
  it('finds the structs and deletions that Yjs finds', () => {
    const alice = docOf(11)
    const notes = alice.getText('notes')
    notes.insert(0, 'hello 😀 wörld')
    notes.format(0, 5, { bold: true })
    notes.insertEmbed(2, { image: 'x' })
    alice
      .getArray('list')
      .push([1, -70, 1.5, 2 ** 40, true, false, null, 'ö', { a: [10n, undefined] }, new Uint8Array(3)])
    alice.getMap('map').set('nested', new Y.Map([['x', 1]]))
    const paragraph = new Y.XmlElement('p')
    alice.getXmlFragment('page').push([paragraph])
    paragraph.setAttribute('level', '1')
    paragraph.push([new Y.XmlText('in p'), new Y.XmlHook('hook') as unknown as Y.XmlText])
    const bob = docOf(22, stateOf(alice))
    bob.getText('notes').insert(3, 'bob')
    bob.getText('notes').delete(1, 5)
    bob.getMap('map').delete('nested')
    Y.applyUpdate(alice, stateOf(bob))

    const state = stateOf(alice)
    const decoded = Y.decodeUpdate(state)
    const update = readUpdate(state)
    const read = update.blocks.flatMap(({ clientID, structs }) =>
      structs.map(({ clock, length, origin, rightOrigin }) => ({ clientID, clock, length, origin, rightOrigin })),
    )
    const idOf = (id: Y.ID | null) => (id === null ? null : { clientID: id.client, clock: id.clock })
    expect(read).toEqual(
      decoded.structs.map(struct => ({
        clientID: struct.id.client,
        clock: struct.id.clock,
        length: struct.length,
        origin: idOf(struct instanceof Y.Item ? struct.origin : null),
        rightOrigin: idOf(struct instanceof Y.Item ? struct.rightOrigin : null),
      })),
    )
    expect(read.length).toBeGreaterThan(15)
    expect([...update.roots].sort()).toEqual(['list', 'map', 'notes', 'page'])
    expect([...update.deletions].map(([client, ranges]) => [client, ranges.map(r => [r.clock, r.length])])).toEqual(
      [...decoded.ds.clients].map(([client, ranges]) => [client, ranges.map(r => [r.clock, r.len])]),
    )
    expect(update.isCanonical).toBe(true)
  })

  it.each(Object.entries(hostile))('[C-BODY-6] %s is INVALID', (_name, bytes) => {
    expect(() => readUpdate(bytes)).toThrow(expect.objectContaining({ code: 'INVALID' }))
  })

  it('[C-BODY-6] random bytes of 2,000 seeds and their cuts are read or INVALID', () => {
    const state = stateOf(docOf(11, alone(textStruct({ root: 'notes' }, 'hello world'))))
    for (let seed = 0; seed < 2000; seed++) {
      const random = randomOf(seed)
      const noise = random.bytes(1 + random.below(80))
      const mixed = state.slice(0, random.below(state.length))
      for (const bytes of [noise, Uint8Array.of(1, 1 + random.below(3), ...noise), Uint8Array.of(...mixed, ...noise)]) {
        try {
          readUpdate(bytes)
        } catch (error) {
          expect(error, `seed ${seed}`).toMatchObject({ code: 'INVALID' })
        }
      }
    }
  })

  it('[C-BODY-6] ranges that overlap are walked once', () => {
    const ranges = [9, 3, 4, 3, 20, 6].map(clock => ({ clock, length: 2 }))
    expect(joinRanges(ranges)).toEqual([
      { clock: 3, length: 5 },
      { clock: 9, length: 2 },
      { clock: 20, length: 2 },
    ])
    const update = readUpdate(rawUpdate([], [[5, [9, 2], [3, 9]]]))
    expect([...update.deletions]).toEqual([[5, [{ clock: 3, length: 9 }]]])
    expect(update.isCanonical).toBe(false)
  })
})
