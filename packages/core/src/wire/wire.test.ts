import { describe, expect, it } from 'vitest'
import { type ClientMessage, encodeClientMessage, encodeNodeMessage, type NodeMessage } from './frame.js'
import { protocolVersion } from './protocol.js'
import { SchemaTable } from './SchemaTable.js'
import { pinnedByVersion } from './testing/pinned.js'

const table = new SchemaTable([{ name: 'tasks', fields: ['title', 'votes'] }])
const meta = { $createdAt: 1_700_000_000_000, $createdBy: 'alice', $updatedAt: 1_700_000_000_007, $updatedBy: 'bob' }
const moved = { $updatedAt: meta.$updatedAt, $updatedBy: meta.$updatedBy }
const numbered = { writeId: 'AAECAwQFBgcICQoLDA0ODw', stamp: 3_481_600_000_000_001, seen: 6 }
const tasks = { collection: 'tasks', id: 'r1' } as const
const json = [null, true, false, 1, -65, 0.5, 'é', [], { a: {} }]

const clientSamples: readonly ClientMessage[] = [
  {
    type: 'hello',
    protocol: 1,
    schemaHash: '0123456789abcdef',
    workspace: 'acme',
    userId: 'alice',
    token: 'secret',
    replica: 'replica-1',
    answered: 300,
  },
  {
    type: 'subscribe',
    subscriptions: [
      {
        subId: 1,
        target: { kind: 'list', collection: 'tasks', where: { done: false }, orderBy: ['-votes'], limit: 50 },
        resume: { cursor: 7, viewHash: 'feedfacefeedface', bound: [3, 'r9'], count: 40, held: Uint8Array.of(1, 2, 3) },
      },
      { subId: 2, target: { kind: 'record', ...tasks }, resume: null },
      {
        subId: 3,
        target: { kind: 'body', ...tasks },
        resume: { cursor: 7, viewHash: '', bound: null, count: 1, held: null },
      },
      { subId: 4, target: { kind: 'count', collection: 'tasks', where: {} }, resume: null },
    ],
  },
  { type: 'unsubscribe', subIds: [1, 200] },
  {
    type: 'push',
    answered: 4,
    mutations: [
      { ...numbered, number: 5, mutation: { kind: 'write', write: { op: 'insert', ...tasks, values: { json } } } },
      {
        ...numbered,
        number: 6,
        mutation: {
          kind: 'batch',
          writes: [
            { op: 'upsert', ...tasks, values: {} },
            { op: 'update', ...tasks, patch: { votes: { increment: 1 } } },
            { op: 'remove', ...tasks },
          ],
        },
      },
      { ...numbered, number: 7, mutation: { kind: 'body', ...tasks, update: Uint8Array.of(1, 2) } },
      { ...numbered, number: 8, mutation: { kind: 'command', name: 'buy', input: { seat: 4 }, queuedAt: 9 } },
      { ...numbered, number: 9, mutation: { kind: 'void' } },
    ],
  },
  { type: 'pushPart', number: 10, isLast: true, bytes: Uint8Array.of(1, 2) },
  { type: 'ping' },
  { type: 'presence', scope: 'body/tasks/r1', state: Uint8Array.of(9) },
]

const nodeSamples: readonly NodeMessage[] = [
  {
    type: 'welcome',
    node: 'blue',
    userId: 'alice',
    role: 'write',
    now: 1_700_000_000_000,
    incarnation: 'i1',
    epoch: 2,
    head: 300,
    lastNumber: 4,
    maxFrameBytes: 1 << 20,
    table,
  },
  {
    type: 'changes',
    epoch: 2,
    from: 7,
    to: 12,
    chunks: [
      { kind: 'patch', seq: 8, ...tasks, values: { votes: 2, ...moved } },
      { kind: 'row', seq: 9, ...tasks, isInsert: true, values: { title: 'a', votes: 0, ...meta } },
      { kind: 'removed', seq: 10, ...tasks, userId: 'carol', at: 1_700_000_000_009 },
      { kind: 'body', seq: 11, ...tasks, userId: 'bob', update: Uint8Array.of(1) },
      { kind: 'enter', view: 3, id: 'r1' },
      { kind: 'leave', view: 4, id: 'r1' },
      { kind: 'count', view: 5, count: 300 },
      {
        kind: 'answers',
        answers: [
          { number: 1, status: 'accepted' },
          { number: 2, status: 'accepted', result: { seat: 4 } },
          { number: 3, status: 'accepted', refused: { fields: ['votes'], reason: 'no' } },
          { number: 4, status: 'rejected', code: 'SOLD_OUT', details: null, message: 'sold' },
        ],
      },
    ],
  },
  {
    type: 'snapshot',
    subId: 1,
    seq: 12,
    collection: 'tasks',
    isWhole: true,
    items: [
      { kind: 'row', id: 'r1', values: { title: 'a', votes: 1, ...meta } },
      { kind: 'row', id: 'r2', values: { title: 'b', votes: 2, ...meta } },
      { kind: 'covered', id: 'r3' },
      { kind: 'patch', id: 'r4', values: { votes: 3, ...moved } },
      { kind: 'leave', id: 'r5', removed: false },
      { kind: 'leave', id: 'r6', removed: true },
      { kind: 'leaveHeld', index: 6 },
      { kind: 'bodyState', bytes: Uint8Array.of(1) },
      { kind: 'bodyUpdate', bytes: Uint8Array.of(2) },
      { kind: 'count', count: 8 },
    ],
  },
  {
    type: 'caughtUp',
    seq: 12,
    subscriptions: [
      { subId: 1, view: 3, viewHash: 'feedfacefeedface', bound: [3, 'r9'] },
      { subId: 2, view: 4, viewHash: '', bound: null },
    ],
  },
  { type: 'reconcile', subId: 1, reason: 'access' },
  { type: 'reconcile', subId: 1, reason: 'cut' },
  { type: 'reconcile', subId: 1, reason: 'incarnation' },
  { type: 'reconcile', subId: 1, reason: 'behind' },
  { type: 'reconcile', subId: 1, reason: 'moving' },
  { type: 'heartbeat', seq: 12 },
  { type: 'presence', scope: 'presence/cursors/', state: Uint8Array.of(), userId: 'alice' },
  { type: 'busy', retryAfterMs: 1_500 },
  { type: 'goodbye', code: 'DRAINING', message: 'bye' },
]

const encoded = [
  ...clientSamples.map(message => `${message.type} ${hex(encodeClientMessage(message))}`),
  ...nodeSamples.map(message => `${message.type} ${hex(encodeNodeMessage(message, table))}`),
]

describe('the wire', () => {
  it('[C-WIRE-7] a message whose bytes change needs another protocolVersion', () => {
    const pinned = pinnedByVersion[protocolVersion]
    if (pinned === undefined) {
      expect.fail(`pin version ${protocolVersion} in testing/pinned.ts:\n${encoded.join('\n')}`)
    }
    expect(encoded, 'the bytes changed: bump protocolVersion and pin the new ones').toEqual(pinned)
  })
})

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
