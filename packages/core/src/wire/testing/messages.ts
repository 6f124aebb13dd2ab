import fc from 'fast-check'
import { toBase64UrlEncoded } from 'lib0/buffer'
import { isPrototypeKey } from '../../json/checkJson.js'
import type { Json, Scalar } from '../../json/Json.js'
import type { Answer } from '../../mutation/Answer.js'
import type { Mutation, NumberedMutation, RowWrite } from '../../mutation/Mutation.js'
import type { RowValues } from '../../row/RowValues.js'
import type { Chunk } from '../changes.js'
import type { ClientMessage, NodeMessage } from '../frame.js'
import { SchemaTable, type TableCollection } from '../SchemaTable.js'
import type { SnapshotItem } from '../snapshot.js'
import type { Resume, Subscription, WatchTarget } from '../subscribe.js'

/** The collections that the rows of `nodeMessageArbitrary` are of. */
export const tableCollections: readonly TableCollection[] = [
  { name: 'tasks', fields: ['title', 'votes', 'labels', 'mixed'] },
  { name: 'notes', fields: [] },
  { name: 'пример', fields: ['ß', 'toString'] },
]
export const table = new SchemaTable(tableCollections)

const text = fc.string({ unit: 'binary', maxLength: 12 })
const uint = fc.maxSafeNat()
const seq = fc.nat()
const bytes = fc.uint8Array({ maxLength: 40 })
const flag = fc.boolean()
const time = fc.integer({ min: 0, max: 2 ** 42 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary)
/** All members are required; the type keeps their union. */
const record = <T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>
const literal = <const T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -70, max: 70 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(value => !Object.is(value, -0)),
)
export const scalarArbitrary: fc.Arbitrary<Scalar> = fc.oneof(text, number, flag, fc.constant(null))

const key = text.filter(name => !isPrototypeKey(name))
export const jsonArbitrary: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalarArbitrary,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).json
const jsonObject = fc.dictionary(key, jsonArbitrary, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<RowValues>

const collection = fc.constantFrom(...tableCollections)
const meta = { $updatedAt: time, $updatedBy: literal('alice', 'bob', 'carol') }
const patchOf = ({ fields }: TableCollection): fc.Arbitrary<RowValues> =>
  fc
    .record(Object.fromEntries(fields.map(field => [field, jsonArbitrary])), {
      requiredKeys: [],
      noNullPrototype: true,
    })
    .chain(values => fc.record(meta, { noNullPrototype: true }).map(moved => ({ ...values, ...moved })))
const rowOf = (of: TableCollection): fc.Arbitrary<RowValues> =>
  fc
    .tuple(patchOf(of), time, literal('alice', 'dora'))
    .map(([values, $createdAt, $createdBy]) => ({ ...values, $createdAt, $createdBy }))

export const answerArbitrary: fc.Arbitrary<Answer> = fc.oneof(
  record({ number: uint, status: literal('accepted') }),
  record({ number: uint, status: literal('accepted'), result: jsonArbitrary }),
  record({
    number: uint,
    status: literal('accepted'),
    refused: record({ fields: fc.array(text, { maxLength: 3 }), reason: text }),
  }),
  record({ number: uint, status: literal('rejected'), code: text, details: jsonArbitrary, message: text }),
)

const named = { collection: text, id: text }
const write: fc.Arbitrary<RowWrite> = fc.oneof(
  record({ op: literal('insert', 'upsert'), ...named, values: jsonObject }),
  record({ op: literal('update'), ...named, patch: jsonObject }),
  record({ op: literal('remove'), ...named }),
)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  record({ kind: literal('write'), write }),
  record({ kind: literal('batch'), writes: fc.array(write, { maxLength: 3 }) }),
  record({ kind: literal('body'), ...named, update: bytes }),
  record({ kind: literal('command'), name: text, input: jsonArbitrary, queuedAt: time }),
  record({ kind: literal('void') }),
)
export const mutationArbitrary: fc.Arbitrary<NumberedMutation> = record({
  number: uint,
  writeId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64UrlEncoded),
  stamp: uint,
  seen: uint,
  mutation,
})

const bound = maybe(fc.array(scalarArbitrary, { maxLength: 3 }))
const viewHash = fc.oneof(
  fc.constant(''),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map(bytes => Buffer.from(bytes).toString('hex')),
)
const resume: fc.Arbitrary<Resume> = record({ cursor: uint, viewHash, bound, count: uint, held: maybe(bytes) })
const target: fc.Arbitrary<WatchTarget> = fc.oneof(
  record({
    kind: literal('list'),
    collection: text,
    where: jsonArbitrary,
    orderBy: fc.array(text, { maxLength: 3 }),
    limit: maybe(seq),
  }),
  record({ kind: literal('record', 'body'), ...named }),
  record({ kind: literal('count'), collection: text, where: jsonArbitrary }),
)
const subscription: fc.Arbitrary<Subscription> = record({ subId: uint, target, resume: maybe(resume) })

const presence = { type: literal('presence'), scope: text, state: bytes }

export const clientMessageArbitrary: fc.Arbitrary<ClientMessage> = fc.oneof(
  record({
    type: literal('hello'),
    protocol: uint,
    schemaHash: text,
    workspace: text,
    userId: text,
    token: maybe(text),
    replica: text,
    answered: uint,
  }),
  record({ type: literal('subscribe'), subscriptions: fc.array(subscription, { maxLength: 4 }) }),
  record({ type: literal('unsubscribe'), subIds: fc.array(uint, { maxLength: 4 }) }),
  record({ type: literal('push'), answered: uint, mutations: fc.array(mutationArbitrary, { maxLength: 4 }) }),
  record({ type: literal('pushPart'), number: uint, isLast: flag, bytes }),
  record({ type: literal('ping') }),
  record(presence),
)

const item = (of: TableCollection): fc.Arbitrary<SnapshotItem> =>
  fc.oneof(
    record({ kind: literal('row'), id: text, values: rowOf(of) }),
    record({ kind: literal('covered'), id: text }),
    record({ kind: literal('patch'), id: text, values: patchOf(of) }),
    record({ kind: literal('leave'), id: text, removed: flag }),
    record({ kind: literal('leaveHeld'), index: uint }),
    record({ kind: literal('bodyState', 'bodyUpdate'), bytes }),
    record({ kind: literal('count'), count: uint }),
  )

const chunk = (from: number): fc.Arbitrary<Chunk> =>
  collection.chain(of => {
    const base = { seq: seq.map(distance => from + distance), collection: fc.constant(of.name), id: text }
    return fc.oneof(
      record({ kind: literal('patch'), ...base, values: patchOf(of) }),
      record({ kind: literal('row'), ...base, isInsert: flag, values: rowOf(of) }),
      record({ kind: literal('removed'), ...base, userId: text, at: time }),
      record({ kind: literal('body'), ...base, userId: text, update: bytes }),
      record({ kind: literal('enter', 'leave'), view: uint, id: text }),
      record({ kind: literal('count'), view: uint, count: uint }),
      record({ kind: literal('answers'), answers: fc.array(answerArbitrary, { maxLength: 3 }) }),
    )
  })

/** Messages whose rows go by `table`. */
export const nodeMessageArbitrary: fc.Arbitrary<NodeMessage> = fc.oneof(
  record({
    type: literal('welcome'),
    node: text,
    userId: text,
    role: literal('read', 'write'),
    now: time,
    incarnation: text,
    epoch: uint,
    head: uint,
    lastNumber: maybe(seq),
    maxFrameBytes: uint,
    table: fc.constantFrom(null, table),
  }),
  fc.tuple(seq, seq, uint).chain(([from, length, epoch]) =>
    record({
      type: literal('changes'),
      epoch: fc.constant(epoch),
      from: fc.constant(from),
      to: fc.constant(from + length),
      chunks: fc.array(chunk(from), { maxLength: 5 }),
    }),
  ),
  collection.chain(of =>
    record({
      type: literal('snapshot'),
      subId: uint,
      seq: uint,
      collection: fc.constant(of.name),
      isWhole: flag,
      items: fc.array(item(of), { maxLength: 6 }),
    }),
  ),
  record({
    type: literal('caughtUp'),
    seq: uint,
    subscriptions: fc.array(record({ subId: uint, view: uint, viewHash, bound }), { maxLength: 4 }),
  }),
  record({
    type: literal('reconcile'),
    subId: uint,
    reason: literal('access', 'cut', 'incarnation', 'behind', 'moving'),
  }),
  record({ type: literal('heartbeat'), seq: uint }),
  record({ ...presence, userId: text }),
  record({ type: literal('busy'), retryAfterMs: uint }),
  record({ type: literal('goodbye'), code: text, message: text }),
)
