import { type ClientMessage, encodeClientMessage, type Json, type Mutation, type RowValues } from '@tidemark/core'
import type { Dice } from '../../sim/world/Dice.js'
import { command, hello, numbered, someId, write } from './honestMessages.js'
import { hostileUpdates } from './hostileUpdates.js'

/** A frame to throw at a node. `next`: the number that the next mutation of its replica has. */
export type Crafted = (dice: Dice, next: number) => Uint8Array

const say = (message: ClientMessage): Uint8Array => encodeClientMessage(message)

const push = (make: (dice: Dice) => Mutation): Crafted => {
  return (dice, next) => say({ type: 'push', answered: 0, mutations: [numbered(dice, next, make(dice))] })
}

const insert = (values: RowValues, collection = 'notes'): Crafted =>
  push(dice => write({ op: 'insert', collection, id: `x${dice.int(0, 40)}`, values }))

const insertAt = (id: string): Crafted =>
  push(() => write({ op: 'insert', collection: 'notes', id, values: { title: 't' } }))

const update = (patch: RowValues, collection = 'notes'): Crafted =>
  push(dice => write({ op: 'update', collection, id: someId(dice), patch }))

const voidAt = (numberOf: (dice: Dice, next: number) => number, answered = 0): Crafted => {
  return (dice, next) =>
    say({ type: 'push', answered, mutations: [numbered(dice, numberOf(dice, next), { kind: 'void' })] })
}

const list = (query: { where?: Json; orderBy?: readonly string[]; limit?: number | null }): Crafted => {
  const target = { kind: 'list', collection: 'notes', where: {}, orderBy: [], limit: null, ...query } as const
  return dice => say({ type: 'subscribe', subscriptions: [{ subId: dice.int(0, 9), target, resume: null }] })
}

/** A key that an object literal cannot have. */
const withKey = (key: string): RowValues => JSON.parse(`{"title":"t",${JSON.stringify(key)}:"x"}`) as RowValues

const nested = (depth: number): Json => (depth === 0 ? {} : { not: nested(depth - 1) })

const standIn = '\ue000'
/** An encoder writes no lone surrogate: what stands in for one is replaced in the bytes. */
function withLoneSurrogate(make: Crafted): Crafted {
  return (dice, next) => {
    const bytes = make(dice, next).slice()
    for (let at = 0; at + 2 < bytes.length; at++) {
      if (bytes[at] === 0xee && bytes[at + 1] === 0x80 && bytes[at + 2] === 0x80) bytes.set([0xed, 0xa0, 0x80], at)
    }
    return bytes
  }
}

const bodies = Object.entries(hostileUpdates).map(([name, make]): [string, Crafted] => [
  `a body: ${name}`,
  push(dice => {
    const collection = dice.pick(['notes', 'notes', 'pages', 'tickets'])
    return { kind: 'body', collection, id: someId(dice), update: make(dice) }
  }),
])

/** All bad input that somebody has thought of, by name. Each is a frame that can be read, or nearly. */
export const craftedFrames: Readonly<Record<string, Crafted>> = {
  nothing: () => new Uint8Array(),
  'a message of a node': dice => Uint8Array.of(32 + dice.int(0, 8), ...dice.bytes(20)),
  'a second hello': dice => say(hello(`again-${dice.int(0, 9)}`)),

  'the number 0': voidAt(() => 0),
  'a number too far': voidAt((dice, next) => next + dice.int(1, 9)),
  'the last number there is': voidAt(() => Number.MAX_SAFE_INTEGER),
  'a number again': voidAt((_, next) => Math.max(1, next - 1)),
  'answers confirmed that never came': voidAt((_, next) => next, 2 ** 50),
  'a stamp of the far future': (dice, next) => {
    const values = { title: 'from tomorrow' }
    const mutation = write({ op: 'upsert', collection: 'notes', id: someId(dice), values })
    const entry = { ...numbered(dice, next, mutation), stamp: Number.MAX_SAFE_INTEGER, seen: 2 ** 52 }
    return say({ type: 'push', answered: 0, mutations: [entry] })
  },
  'parts without end': (dice, next) =>
    say({ type: 'pushPart', number: next, isLast: false, bytes: dice.bytes(dice.int(0, 500)) }),
  'a part of nonsense': (dice, next) => say({ type: 'pushPart', number: next, isLast: true, bytes: dice.bytes(50) }),

  'a forged decided field': insert({ event: 'concert', owner: 'carol' }, 'tickets'),
  'a decided field changed': update({ owner: 'carol' }, 'tickets'),
  'stock made': insert({ name: 'beer', left: 1e9 }, 'stocks'),
  'a sale made': insert({ of: 'beer', pieces: 1, buyer: 'carol', token: 'x' }, 'sales'),
  'metadata set': insert({ title: 't', $createdBy: 'alice', $updatedAt: 1 }),
  'an unknown field': insert({ title: 't', admin: true }),
  'an unknown collection': insert({ title: 't' }, 'users'),
  'a collection called __proto__': insert({ title: 't' }, '__proto__'),
  'a prototype key': insert(withKey('__proto__')),
  'a constructor key': update(withKey('constructor')),
  'U+0000 in a value': insert({ title: 'a\u0000b' }),
  'U+0000 in an element': update({ tokens: { add: ['\u0000'] } }),
  'U+0000 in an id': insertAt('a\u0000b'),
  'a lone surrogate': withLoneSurrogate(insert({ title: standIn })),
  'a lone surrogate in an element': withLoneSurrogate(update({ tokens: { add: [standIn] } })),
  'a lone surrogate in an id': withLoneSurrogate(insertAt(standIn)),
  'an id too long': insertAt('x'.repeat(200)),
  'a counter set': update({ votes: 1_000_000 }),
  'a counter overflown': update({ votes: { increment: Number.MAX_SAFE_INTEGER } }),
  'a counter moved by a half': update({ votes: { increment: 0.5 } }),
  'a set of objects': update({ tokens: { add: [{ a: 1 }] } }),
  'values of other types': insert({ title: 7, status: 'never', rank: 'high' }),
  'a text that is a number': insert({ title: 't', text: 5 }),
  'a large row': insert({ title: 'x'.repeat(300_000) }),

  'an unknown command': push(() => command('constructor', {})),
  'a command with wrong input': push(() => command('stocks.buy', { stock: 'beer', pieces: -5, token: 'x' })),
  'a command with a prototype key': push(() => command('tickets.buy', withKey('__proto__') as Json)),

  'an unknown operator': list({ where: { title: { matches: '(a+)+$' } } }),
  'a prototype in a query': list({ where: withKey('__proto__') as Json }),
  'a deep query': list({ where: nested(70) }),
  'a wide query': list({ where: { or: Array.from({ length: 500 }, (_, n) => ({ rank: n })) } }),
  'an order by nothing': list({ orderBy: ['nothing', '-', ''] }),
  'a limit of nothing': list({ limit: 0 }),
  'a limit without end': list({ limit: 2 ** 40 }),
  'a cursor of the future': dice => {
    const resume = { cursor: 2 ** 50, viewHash: '', bound: ['x', 1, null], count: 2 ** 40, held: dice.bytes(13) }
    const target = { kind: 'record', collection: 'notes', id: someId(dice) } as const
    return say({ type: 'subscribe', subscriptions: [{ subId: dice.int(0, 9), target, resume }] })
  },
  'a state vector of nonsense': dice => {
    const resume = { cursor: 0, viewHash: '', bound: null, count: 0, held: dice.bytes(dice.int(0, 30)) }
    const target = { kind: 'body', collection: 'notes', id: someId(dice) } as const
    return say({ type: 'subscribe', subscriptions: [{ subId: dice.int(0, 9), target, resume }] })
  },
  'an unknown collection watched': () => {
    const target = { kind: 'count', collection: 'toString', where: {} } as const
    return say({ type: 'subscribe', subscriptions: [{ subId: 1, target, resume: null }] })
  },

  "presence in another's name": () =>
    say({ type: 'presence', scope: 'body/notes/h1', state: Uint8Array.of(1, 1, 255, 255, 3, 2, 123, 125) }),
  'presence of nonsense': dice => say({ type: 'presence', scope: 'body/notes/h1', state: dice.bytes(40) }),
  'presence nowhere': dice => say({ type: 'presence', scope: `__proto__/${dice.int(0, 9)}`, state: dice.bytes(10) }),
  'presence too large': dice => say({ type: 'presence', scope: 'presence/x', state: dice.bytes(6_000) }),
  ...Object.fromEntries(bodies),
}
