import {
  type ClientMessage,
  type Hello,
  type Json,
  type Mutation,
  type NumberedMutation,
  protocolVersion,
  type RowWrite,
  schemaModelOf,
  stampFromMs,
} from '@tidemark/core'
import { toBase64UrlEncoded } from 'lib0/buffer'
import type { Dice } from '../../sim/world/Dice.js'
import { schema, workspace } from '../schema.js'
import { honestUpdate } from './hostileUpdates.js'

const schemaHash = schemaModelOf(schema).hash

export function hello(replica: string, rest: Partial<Hello> = {}): Hello {
  const who = { workspace, userId: 'carol', token: 'carol', replica, answered: 0 }
  return { type: 'hello', protocol: protocolVersion, schemaHash, ...who, ...rest }
}

export function numbered(dice: Dice, number: number, mutation: Mutation): NumberedMutation {
  const writeId = toBase64UrlEncoded(dice.bytes(16))
  return { number, writeId, stamp: stampFromMs(Date.now()), seen: 0, mutation }
}

/** A few ids for all, so that frames meet records that are there. */
export const someId = (dice: Dice): string => `h${dice.int(0, 40)}`

export const write = (write: RowWrite): Mutation => ({ kind: 'write', write })

export const command = (name: string, input: Json): Mutation => ({ kind: 'command', name, input, queuedAt: Date.now() })

const mutations: readonly ((dice: Dice) => Mutation)[] = [
  dice => write({ op: 'insert', collection: 'notes', id: someId(dice), values: { title: 'one', tokens: ['a'] } }),
  dice =>
    write({ op: 'upsert', collection: 'notes', id: someId(dice), values: { title: 'two', rank: dice.int(0, 9) } }),
  dice => write({ op: 'update', collection: 'notes', id: someId(dice), patch: { votes: { increment: 1 } } }),
  dice => write({ op: 'update', collection: 'notes', id: someId(dice), patch: { tokens: { add: ['b'] }, title: 't' } }),
  dice => write({ op: 'insert', collection: 'tickets', id: someId(dice), values: { event: 'concert' } }),
  dice => command('tickets.buy', { ticket: someId(dice), token: 'x' }),
  () => command('stocks.buy', { stock: 'beer', pieces: 1, token: 'y' }),
  dice => ({ kind: 'body', collection: 'notes', id: someId(dice), update: honestUpdate(dice) }),
  dice => ({ kind: 'body', collection: 'pages', id: someId(dice), update: honestUpdate(dice) }),
  dice => ({
    kind: 'batch',
    writes: [
      { op: 'upsert', collection: 'notes', id: someId(dice), values: { title: 'three' } },
      { op: 'update', collection: 'notes', id: someId(dice), patch: { status: 'done' } },
    ],
  }),
  () => ({ kind: 'void' }),
]

/** What a well-behaved client says, `next` being the next number of its replica. */
export function honestMessage(dice: Dice, next: number): ClientMessage {
  switch (dice.int(0, 6)) {
    case 0:
      return { type: 'ping' }
    case 1:
      return { type: 'unsubscribe', subIds: [dice.int(0, 5)] }
    case 2:
      return { type: 'subscribe', subscriptions: [subscription(dice)] }
    case 3:
      return { type: 'presence', scope: `body/notes/${someId(dice)}`, state: Uint8Array.of(1, 5, 1, 2, 123, 125) }
    default: {
      const entries = Array.from({ length: dice.int(1, 3) }, (_, at) => {
        return numbered(dice, next + at, dice.pick(mutations)(dice))
      })
      return { type: 'push', answered: Math.max(0, next - 1), mutations: entries }
    }
  }
}

function subscription(dice: Dice) {
  const id = someId(dice)
  const target = dice.pick([
    { kind: 'list', collection: 'notes', where: { rank: { gte: 2 } }, orderBy: ['-rank'], limit: 5 } as const,
    { kind: 'record', collection: 'notes', id } as const,
    { kind: 'body', collection: 'notes', id } as const,
    { kind: 'count', collection: 'notes', where: { status: 'todo' } } as const,
  ])
  const resume = { cursor: dice.int(0, 50), viewHash: '0123456789abcdef', bound: null, count: 2, held: null }
  return { subId: dice.int(0, 9), target, resume: dice.chance(0.3) ? resume : null }
}
