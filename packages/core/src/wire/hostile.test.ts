import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import { isTidemarkError } from '../error/TidemarkError.js'
import { checkJson } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'
import { decodeClientFrame, decodeNodeFrame, encodeClientMessage, encodeNodeMessage } from './frame.js'
import { decodeMutationBytes } from './mutationCodec.js'
import { messageType } from './protocol.js'
import { SchemaTable } from './SchemaTable.js'
import { clientMessageArbitrary, nodeMessageArbitrary, table } from './testing/messages.js'

const seed = 20_260_711
const count = 20_000

/** What is decoded, or nothing for `BAD_FRAME`. Anything else is thrown on. */
function decodeIfGood<T>(decode: () => readonly T[]): readonly T[] {
  try {
    return decode()
  } catch (error) {
    if (isTidemarkError(error) && error.code === 'BAD_FRAME') return []
    throw error
  }
}

/** What these bytes are as a frame of either side, or as a mutation. */
function tryDecode(bytes: Uint8Array): readonly unknown[] {
  return [
    ...decodeIfGood(() => decodeClientFrame(bytes)),
    ...decodeIfGood(() => decodeNodeFrame(bytes, table)),
    ...decodeIfGood(() => [decodeMutationBytes(bytes)]),
  ]
}

function expectBadFrame(decode: () => unknown): void {
  expect(decode).toThrow(expect.objectContaining({ name: 'TidemarkError', code: 'BAD_FRAME' }))
}

/** Samples of valid frames, from one seed. */
function frames(): Uint8Array[] {
  const client = fc.sample(clientMessageArbitrary, { numRuns: 400, seed }).map(encodeClientMessage)
  const node = fc.sample(nodeMessageArbitrary, { numRuns: 400, seed }).map(message => encodeNodeMessage(message, table))
  return [...client, ...node]
}

/** Deterministic choices from a seed: `below(n)` is one of 0 … n − 1. */
function chooser(start: number): (n: number) => number {
  let state = start >>> 0
  return n => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

describe('hostile frames', () => {
  it(`[C-WIRE-4] random bytes are messages or BAD_FRAME (seed ${seed})`, () => {
    const below = chooser(seed)
    for (let run = 0; run < count; run++) {
      const bytes = Uint8Array.from({ length: below(60) }, () => below(256))
      // Half of them begin like a message.
      const types = Object.values(messageType)
      if (bytes.length > 0 && below(2) === 0) bytes[0] = types[below(types.length)] as number
      tryDecode(bytes)
    }
  })

  it(`[C-WIRE-4] mutated frames are messages or BAD_FRAME (seed ${seed})`, () => {
    const below = chooser(seed)
    const samples = frames()
    let read = 0
    for (let run = 0; run < count; run++) {
      const sample = samples[run % samples.length] as Uint8Array
      const bytes = sample.slice()
      for (let flips = 1 + below(3); flips > 0; flips--) bytes[below(bytes.length)] = below(256)
      read += tryDecode(below(4) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes).length
    }
    // If none were read, the mutations would all fail at the first byte and show nothing.
    expect(read).toBeGreaterThan(count / 20)
  })

  it(`[C-WIRE-4] what is read of a mutated frame can be written and read again (seed ${seed})`, () => {
    const below = chooser(seed)
    for (const message of fc.sample(clientMessageArbitrary, { numRuns: 2_000, seed })) {
      const bytes = encodeClientMessage(message)
      bytes[below(bytes.length)] = below(256)
      for (const read of decodeIfGood(() => decodeClientFrame(bytes))) {
        expect(decodeClientFrame(encodeClientMessage(read))).toEqual([read])
      }
    }
    for (const message of fc.sample(nodeMessageArbitrary, { numRuns: 2_000, seed })) {
      const bytes = encodeNodeMessage(message, table)
      bytes[below(bytes.length)] = below(256)
      for (const read of decodeIfGood(() => decodeNodeFrame(bytes, table))) {
        if (read.type === 'welcome') continue
        expect(decodeNodeFrame(encodeNodeMessage(read, table), table)).toEqual([read])
      }
    }
  })

  it('[C-WIRE-4] only what leaves a view can be removed', () => {
    const part = encodeNodeMessage(
      { type: 'snapshot', subId: 1, seq: 3, collection: 'tasks', isWhole: false, items: [{ kind: 'covered', id: '' }] },
      table,
    )
    part[part.length - 3] = (part.at(-3) as number) | 0x80
    expectBadFrame(() => decodeNodeFrame(part, table))
  })

  it('[C-WIRE-4] a message that ends too early is BAD_FRAME, wherever it ends', () => {
    for (const message of fc.sample(clientMessageArbitrary, { numRuns: 200, seed })) {
      const bytes = encodeClientMessage(message)
      for (let end = 1; end < bytes.length; end++) expectBadFrame(() => decodeClientFrame(bytes.subarray(0, end)))
    }
    for (const message of fc.sample(nodeMessageArbitrary, { numRuns: 200, seed })) {
      const bytes = encodeNodeMessage(message, table)
      for (let end = 1; end < bytes.length; end++) expectBadFrame(() => decodeNodeFrame(bytes.subarray(0, end), table))
    }
  })

  it('[C-WIRE-5] a count or number that is larger than the frame can hold is BAD_FRAME', () => {
    const huge = encoding.encode(encoder => {
      encoding.writeUint8(encoder, messageType.unsubscribe)
      encoding.writeVarUint(encoder, Number.MAX_SAFE_INTEGER)
    })
    expectBadFrame(() => decodeClientFrame(huge))
    const endless = new Uint8Array(64).fill(0xff)
    for (const type of Object.values(messageType)) {
      endless[0] = type
      expect(tryDecode(endless)).toEqual([])
    }
  })

  it('[C-WIRE-5] what is kept of a frame does not keep the frame', () => {
    const frame = encodeClientMessage({ type: 'presence', scope: 's', state: Uint8Array.of(1, 2) })
    const [message] = decodeClientFrame(frame)
    frame.fill(0)
    expect(message).toEqual({ type: 'presence', scope: 's', state: Uint8Array.of(1, 2) })
  })

  it.each([
    ['NaN', [4, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ['an infinity', [4, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['−0 as a float', [4, 0x80, 0, 0, 0, 0, 0, 0, 0]],
    ['−0 as an integer', [3, 0x40]],
    ['an integer beyond 2^53', [3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['text that is not UTF-8', [5, 2, 0xc3, 0x28]],
    ['the key __proto__', [7, 1, 9, ...new TextEncoder().encode('__proto__'), 7, 0]],
    ['the key constructor', [7, 1, 11, ...new TextEncoder().encode('constructor'), 0]],
    ['nesting without an end', Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? 6 : 1))],
    ['an unknown tag', [8]],
  ])('[C-WIRE-6] JSON with %s is BAD_FRAME', (_, json) => {
    expectBadFrame(() => decodeClientFrame(Uint8Array.from([...countOf('tasks'), ...json, 0])))
  })

  it('[C-WIRE-6] whatever passes checkJson passes the wire, however deep', () => {
    let deep: Json = 1
    while (checkJson([deep]) === undefined) deep = [deep]
    expect(checkJson(deep)).toBeUndefined()
    const write = { op: 'insert', collection: 'tasks', id: 'r1', values: { mixed: deep } } as const
    const mutation = { kind: 'write', write } as const
    const writeId = 'AAAAAAAAAAAAAAAAAAAAAA'
    const push = {
      type: 'push',
      answered: 0,
      mutations: [{ number: 1, writeId, stamp: 1, seen: 0, mutation }],
    } as const
    expect(decodeClientFrame(encodeClientMessage(push))).toEqual([push])
  })

  it('[C-WIRE-6] a number that JSON lacks is written as JSON.stringify would, so the other side never closes over it', () => {
    const push = (result: Json) =>
      encodeNodeMessage(
        {
          type: 'changes',
          epoch: 1,
          from: 0,
          to: 0,
          chunks: [{ kind: 'answers', answers: [{ number: 1, status: 'accepted', result }] }],
        },
        table,
      )
    expect(push([Number.NaN, -0, Number.POSITIVE_INFINITY])).toEqual(push([null, 0, null]))
  })

  it('[C-WIRE-6] no table of another side makes a field that is a prototype', () => {
    const evil = new SchemaTable([{ name: 'tasks', fields: ['__proto__'] }])
    const welcome = fc.sample(
      nodeMessageArbitrary.filter(message => message.type === 'welcome'),
      1,
    )[0]
    if (welcome?.type !== 'welcome') return expect.unreachable()
    expectBadFrame(() => decodeNodeFrame(encodeNodeMessage({ ...welcome, table: evil }, table), table))
  })
})

/** The bytes before the `where` of a counted list; behind it comes a zero, for no resume. */
function countOf(collection: string): number[] {
  return [messageType.subscribe, 1, 1, 3, collection.length, ...new TextEncoder().encode(collection)]
}
