import { describe, expect, it } from 'vitest'
import type { BaseUser } from '../access/AccessRules.js'
import type { ReplicaTask, ServerTask } from '../authority/Task.js'
import { type ClusterWord, decodeWord, encodeWord, type NodeWord } from './clusterMessage.js'

type Forward = Extract<NodeWord, { kind: 'forward' }>

const user = { userId: 'alice', teams: ['a', 'b'], isAdmin: false } as BaseUser
const edit: ReplicaTask['entry']['mutation'] = {
  kind: 'write',
  write: {
    op: 'update',
    collection: 'tasks',
    id: 'one',
    patch: { title: 'Grüße \u0000 \u{1f600}', rank: -1.5, due: null },
  },
}
const body: ReplicaTask['entry']['mutation'] = {
  kind: 'body',
  collection: 'notes',
  id: 'n',
  update: Uint8Array.of(0, 1, 255),
}
const task = (number: number, mutation: ReplicaTask['entry']['mutation'], role: ReplicaTask['role']): ReplicaTask => ({
  kind: 'replica',
  replica: 'r'.repeat(22),
  user,
  role,
  answered: number - 1,
  entry: { number, writeId: 'not~canonical', stamp: Number.MAX_SAFE_INTEGER, seen: 2 ** 40, mutation },
})
const ask: ServerTask = {
  kind: 'server',
  ticket: 1,
  userId: 'server',
  writeId: 'w',
  work: { kind: 'access', subject: null },
  idempotencyKey: undefined,
}
const forward: Forward = {
  kind: 'forward',
  from: 'n1',
  workspace: 'acme/ü',
  tasks: [task(1, edit, 'write'), ask, task(2, body, 'read'), task(3, { kind: 'void' }, 'write')],
}
const words: readonly (NodeWord | ClusterWord)[] = [
  forward,
  { kind: 'resolved', workspace: 'acme', ticket: 7, decided: { status: 'accepted', result: { sold: 1 } }, seq: 12 },
  { kind: 'misplaced', workspace: 'acme', replica: 'r', code: 'OUT_OF_ORDER' },
  { node: 'n1', isLeaving: false, heads: [['acme', 12]] },
]

describe('the words of nodes', () => {
  it('[S-WORD-1] come as they were said', () => {
    for (const word of words) expect(decodeWord(encodeWord(word))).toEqual(word)
  })

  it('[S-WORD-2] are not read in another version, nor are bytes that nobody has said', () => {
    const bytes = encodeWord(forward)
    for (const version of [0, 1, 3, 255]) expect(decodeWord(Uint8Array.of(version, ...bytes.slice(1)))).toBeNull()
    expect(decodeWord(new Uint8Array())).toBeNull()
    expect(decodeWord(bytes.slice(0, -1))).toBeNull()
  })
})
