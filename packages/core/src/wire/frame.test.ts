import fc from 'fast-check'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import type { Json } from '../json/Json.js'
import { encodeChangesHead, encodeChunk } from './changes.js'
import {
  decodeClientFrame,
  decodeNodeFrame,
  encodeClientMessage,
  encodeNodeMessage,
  type NodeMessage,
} from './frame.js'
import { decodeMutationBytes, encodeMutation } from './mutationCodec.js'
import { SchemaTable } from './SchemaTable.js'
import { encodeSnapshotPart, SnapshotItemsEncoder } from './snapshot.js'
import {
  clientMessageArbitrary,
  mutationArbitrary,
  nodeMessageArbitrary,
  table,
  tableCollections,
} from './testing/messages.js'

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap(part => [...part]))

describe('frames', () => {
  it("[C-WIRE-1] a client's message is read as it was written, alone and among others", () => {
    fc.assert(
      fc.property(fc.array(clientMessageArbitrary, { minLength: 1, maxLength: 4 }), messages => {
        const encoded = messages.map(encodeClientMessage)
        expect(encoded.flatMap(decodeClientFrame)).toEqual(messages)
        expect(decodeClientFrame(joined(encoded))).toEqual(messages)
      }),
      { numRuns: 1_000 },
    )
  })

  it("[C-WIRE-1] a node's message is read as it was written, alone and among others", () => {
    fc.assert(
      fc.property(fc.array(nodeMessageArbitrary, { minLength: 1, maxLength: 4 }), messages => {
        const encoded = messages.map(message => encodeNodeMessage(message, table))
        expect(encoded.flatMap(frame => decodeNodeFrame(frame, table))).toEqual(messages)
        expect(decodeNodeFrame(joined(encoded), table)).toEqual(messages)
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-WIRE-1] a mutation is read as it was written, and refused with anything behind it', () => {
    fc.assert(
      fc.property(mutationArbitrary, mutation => {
        const bytes = encoding.encode(encoder => encodeMutation(encoder, mutation))
        expect(decodeMutationBytes(bytes)).toEqual(mutation)
        expect(() => decodeMutationBytes(joined([bytes, Uint8Array.of(0)]))).toThrow('cannot be read')
        expect(() => decodeMutationBytes(bytes.subarray(0, -1))).toThrow('cannot be read')
      }),
    )
  })

  it('[C-WIRE-1] an empty frame holds no message', () => {
    expect(decodeClientFrame(new Uint8Array())).toEqual([])
    expect(decodeNodeFrame(new Uint8Array(), table)).toEqual([])
  })

  it('[C-WIRE-2] chunks encoded apart make the same message as chunks encoded together', () => {
    fc.assert(
      fc.property(nodeMessageArbitrary, message => {
        fc.pre(message.type === 'changes')
        const { epoch, from, to, chunks } = message
        const head = encodeChangesHead(epoch, from, to, chunks.length)
        const apart = joined([head, ...chunks.map(chunk => encodeChunk(table, from, chunk))])
        expect(apart).toEqual(encodeNodeMessage(message, table))
      }),
    )
  })

  it('[C-WIRE-2] a snapshot part can be made item by item, says how long it is so far, and its items go to any number of subscriptions', () => {
    const encoder = new SnapshotItemsEncoder(table, 'tasks')
    expect(encoder.byteLength).toBe(0)
    encoder.add({ kind: 'covered', id: 'r1' })
    expect(encoder.byteLength).toBe(4)
    const items = encoder.finish()
    for (const subId of [7, 300]) {
      const head = { subId, seq: 9, collection: 'tasks', isWhole: true }
      const [message] = decodeNodeFrame(encodeSnapshotPart(head, items, table), table)
      expect(message).toEqual({ type: 'snapshot', ...head, items: [{ kind: 'covered', id: 'r1' }] })
    }
  })

  it('[C-WIRE-2] users are named once and times are differences: the tenth row of a part takes few bytes beside its values', () => {
    const part = new SnapshotItemsEncoder(table, 'tasks')
    const rowBytes = Array.from({ length: 10 }, (_, n) => {
      const before = part.byteLength
      const at = 1_700_000_000_000 + n
      const values = { votes: n, $createdAt: at, $createdBy: 'alice', $updatedAt: at, $updatedBy: 'alice' }
      part.add({ kind: 'row', id: `r${n}`, values })
      return part.byteLength - before
    })
    expect(rowBytes.at(-1)).toBe(12)
  })

  it('[C-WIRE-3] a field that the table lacks is left out; a table that comes with a welcome is in force behind it', () => {
    const other = new SchemaTable([{ name: 'tasks', fields: ['votes', 'title'] }])
    const welcome: NodeMessage = {
      type: 'welcome',
      node: 'blue',
      userId: 'alice',
      role: 'write',
      now: 1,
      incarnation: 'i1',
      epoch: 1,
      head: 2,
      lastNumber: null,
      maxFrameBytes: 1 << 20,
      table: other,
    }
    const meta = { $updatedAt: 3, $updatedBy: 'bob' }
    const patch = (values: Record<string, Json>): NodeMessage => ({
      type: 'changes',
      epoch: 1,
      from: 1,
      to: 2,
      chunks: [{ kind: 'patch', seq: 2, collection: 'tasks', id: 'r1', values: { ...values, ...meta } }],
    })
    const sent = [welcome, patch({ title: 'a', unknown: 1 })].map(message => encodeNodeMessage(message, other))
    expect(decodeNodeFrame(joined(sent), table)).toEqual([welcome, patch({ title: 'a' })])
  })

  it('[C-WIRE-3] a schema table is read as it was written: names by number, numbers by name', () => {
    const read = SchemaTable.decode(decoding.createDecoder(encoding.encode(encoder => table.encode(encoder))))
    for (const [collection, { name, fields }] of tableCollections.entries()) {
      expect(read.hasCollection(name)).toBe(true)
      expect(read.numberOf(name)).toBe(collection)
      expect(read.collectionAt(collection)).toBe(name)
      for (const [number, field] of fields.entries()) {
        expect(read.fieldAt(collection, number)).toBe(field)
        expect(read.fieldNumber(collection, field)).toBe(number)
      }
      expect(read.fieldNumber(collection, 'unknown')).toBeUndefined()
      expect(() => read.fieldAt(collection, fields.length)).toThrow('cannot be read')
    }
    expect(read.hasCollection('unknown')).toBe(false)
    expect(() => read.collectionAt(tableCollections.length)).toThrow('cannot be read')
  })
})
