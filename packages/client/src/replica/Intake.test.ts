import type { CaughtUp, Chunk, ClientMessage, RowValues, SnapshotItem, Subscribe, Welcome } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { bodyWatch, recordWatch, type Watch } from '../query/Watch.js'
import { Confirmed } from './Confirmed.js'
import type { Delta } from './Delta.js'
import { heldOf } from './held.js'
import { type DataMessage, Intake, type Taken } from './Intake.js'

const list: Watch = {
  key: 'l/tasks/open',
  target: { kind: 'list', collection: 'tasks', where: { status: 'todo' }, orderBy: ['rank'], limit: null },
}
const all: Watch = {
  key: 'l/tasks/all',
  target: { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null },
}

const meta = {
  replica: 'r',
  schemaVersion: 1,
  incarnation: '',
  clockOffsetMs: 0,
  epoch: 0,
  lastNumber: 0,
  sentNumber: 0,
  answeredNumber: 0,
  live: { serial: 0, cursor: 0 },
  version: 0,
  extra: {},
}

const welcome: Welcome = {
  type: 'welcome',
  node: 'blue',
  userId: 'alice',
  role: 'write',
  now: 0,
  incarnation: 'one',
  epoch: 1,
  head: 0,
  lastNumber: null,
  maxFrameBytes: 1_000,
  table: null,
}

const row = (title: string, by = 'bob'): RowValues => ({
  title,
  $createdAt: 1,
  $createdBy: by,
  $updatedAt: 2,
  $updatedBy: by,
})

class Rig {
  readonly confirmed = new Confirmed()
  readonly pending = new Set<string>()
  readonly intake = new Intake(this.confirmed, { isPending: ref => this.pending.has(ref), refsOf: () => [] })
  readonly deltas: Delta[] = []
  version = 1
  position = 0

  constructor() {
    this.confirmed.open(meta, [])
  }

  want(watch: Watch, hasListeners = false): ClientMessage[] {
    this.confirmed.load(watch.key, 0, [])
    return this.take(this.intake.want({ watch, limit: null, hasListeners, resumes: false, names: [] }))
  }

  welcome(incarnation = 'one', known = ''): ClientMessage[] {
    return this.take(this.intake.welcomed({ ...welcome, incarnation }, known))
  }

  receive(message: DataMessage): ClientMessage[] {
    return this.take(this.intake.received(message))
  }

  /** As of where the session is, unless it is said. */
  snapshot(subId: number, items: readonly SnapshotItem[], isWhole = true, seq = this.position): ClientMessage[] {
    return this.receive({ type: 'snapshot', subId, seq, collection: 'tasks', isWhole, items })
  }

  caughtUp(seq: number, ...subIds: number[]): ClientMessage[] {
    this.position = seq
    const subscriptions = subIds.map(subId => ({ subId, view: subId * 10, viewHash: `hash${subId}`, bound: null }))
    return this.receive({ type: 'caughtUp', seq, subscriptions } satisfies CaughtUp)
  }

  changes(from: number, to: number, ...chunks: Chunk[]): ClientMessage[] {
    this.position = to
    return this.receive({ type: 'changes', epoch: 1, from, to, chunks })
  }

  end(): void {
    this.intake.ended()
    this.confirmed.endSession()
  }

  titles(): Record<string, unknown> {
    return Object.fromEntries([...this.confirmed.rows('tasks')].map(([id, { values }]) => [id, values.title]))
  }

  take({ delta, messages }: Taken): ClientMessage[] {
    if (delta) {
      this.confirmed.apply(delta, this.version++)
      this.deltas.push(delta)
    }
    return [...messages]
  }
}

const resumesOf = (messages: readonly ClientMessage[]) =>
  (messages[0] as Subscribe).subscriptions.map(({ subId, resume }) => [
    subId,
    resume && [resume.cursor, resume.viewHash, resume.held],
  ])

describe('Intake', () => {
  it('[CL-REPLICA-1] parts of a subscription are held until its caughtUp, and then are there at once [G5]', () => {
    const rig = new Rig()
    rig.want(list)
    expect(resumesOf(rig.welcome())).toEqual([[1, null]])
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.snapshot(1, [{ kind: 'row', id: 'b', values: row('B') }], false)
    expect(rig.titles()).toEqual({})
    expect(rig.confirmed.isLive(list.key)).toBe(false)
    rig.caughtUp(7, 1)
    expect(rig.titles()).toEqual({ a: 'A', b: 'B' })
    expect(rig.confirmed.subscription(list.key)).toMatchObject({ cursor: 7, viewHash: 'hash1' })
    expect(rig.intake.isCurrent).toBe(true)
  })

  it('[CL-REPLICA-2] an empty workspace of wants still says one subscribe', () => {
    expect(new Rig().welcome()).toEqual([{ type: 'subscribe', subscriptions: [] }])
  })

  it('[CL-REPLICA-3] all live cursors go with the session, each other stays where it was [G5]', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(3, 1)
    rig.want(all)
    rig.receive({ type: 'heartbeat', seq: 9 })
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(9)
    expect(rig.confirmed.subscription(all.key)).toBeUndefined()
    rig.caughtUp(9, 2)
    rig.changes(9, 12)
    rig.end()
    expect(resumesOf(rig.welcome())).toEqual([
      [1, [12, 'hash1', null]],
      [2, [12, 'hash2', null]],
    ])
  })

  it('[CL-REPLICA-3] a heartbeat that moves nothing stores nothing', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(5, 1)
    const stored = rig.deltas.length
    rig.receive({ type: 'heartbeat', seq: 5 })
    expect(rig.deltas).toHaveLength(stored)
    rig.receive({ type: 'heartbeat', seq: 6 })
    expect(rig.deltas).toHaveLength(stored + 1)
  })

  it('[CL-REPLICA-4] a row stays as long as something covers it, or the outbox needs it', () => {
    const rig = new Rig()
    rig.want(list)
    rig.want(all)
    rig.welcome()
    rig.snapshot(1, [
      { kind: 'row', id: 'a', values: row('A') },
      { kind: 'row', id: 'p', values: row('P') },
    ])
    rig.snapshot(2, [{ kind: 'covered', id: 'a' }])
    rig.caughtUp(1, 1, 2)
    rig.pending.add('tasks/p')
    rig.changes(1, 2, { kind: 'leave', view: 10, id: 'a' }, { kind: 'leave', view: 10, id: 'p' })
    expect(rig.titles()).toEqual({ a: 'A', p: 'P' })
    rig.pending.clear()
    rig.changes(2, 3, { kind: 'leave', view: 20, id: 'a' })
    expect(rig.titles()).toEqual({ p: 'P' })
    expect(rig.deltas.at(-1)?.droppedRows).toMatchObject([{ id: 'a', why: 'left' }])
  })

  it('[CL-REPLICA-5] chunks of a message are applied together, each record once', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(0, 1)
    const made = { seq: 1, collection: 'tasks', id: 'a' }
    rig.changes(
      0,
      3,
      { kind: 'row', ...made, isInsert: true, values: row('one') },
      { kind: 'enter', view: 10, id: 'a' },
      { kind: 'patch', ...made, seq: 2, values: { title: 'two', $updatedAt: 3, $updatedBy: 'carol' } },
    )
    expect(rig.deltas.at(-1)?.rows).toMatchObject([
      { id: 'a', views: [list.key], values: { title: 'two', $updatedBy: 'carol' } },
    ])
    rig.changes(3, 4, { kind: 'removed', seq: 4, collection: 'tasks', id: 'a', userId: 'bob', at: 5 })
    expect(rig.titles()).toEqual({})
    expect(rig.confirmed.whyGone('tasks/a')).toBe('deleted')
  })

  it('[CL-REPLICA-6] leaving the watch of the record itself means denied; leaving a list does not', () => {
    const rig = new Rig()
    rig.want(recordWatch('tasks', 'a'))
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.snapshot(2, [{ kind: 'row', id: 'b', values: row('B') }])
    rig.caughtUp(1, 1, 2)
    rig.changes(1, 2, { kind: 'leave', view: 10, id: 'a' }, { kind: 'leave', view: 20, id: 'b' })
    expect([rig.confirmed.whyGone('tasks/a'), rig.confirmed.whyGone('tasks/b')]).toEqual(['denied', undefined])
  })

  it('[CL-REPLICA-7] a reconciliation names what is held, and leaves go by the place in it', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.snapshot(
      1,
      ['a', 'b', 'c'].map(id => ({ kind: 'row', id, values: row(id) }) as const),
    )
    rig.caughtUp(5, 1)
    const [ended, asked] = rig.receive({ type: 'reconcile', subId: 1, reason: 'access' }) as [ClientMessage, Subscribe]
    expect(ended).toEqual({ type: 'unsubscribe', subIds: [1] })
    const held = heldOf('one', ['tasks/a', 'tasks/b', 'tasks/c'])
    expect(asked.subscriptions[0]?.resume).toMatchObject({ cursor: 5, count: 3, held: held.bytes })
    expect(rig.confirmed.isLive(list.key)).toBe(false)
    rig.snapshot(
      2,
      [
        { kind: 'leaveHeld', index: held.refs.indexOf('tasks/b') },
        { kind: 'row', id: 'd', values: row('d') },
      ],
      false,
    )
    rig.caughtUp(8, 2)
    expect(Object.keys(rig.titles()).sort()).toEqual(['a', 'c', 'd'])
  })

  it('[G5, CL-REPLICA-23] an answer to an earlier question of the session is not taken for that to a later one', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(5, 1)
    rig.receive({ type: 'reconcile', subId: 1, reason: 'behind' })
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(6, 1)
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(5)
    expect(rig.titles()).toEqual({})
    rig.caughtUp(7, 2)
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(7)
  })

  it('[CL-REPLICA-8] a slow client asks again from where it stands', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(5, 1)
    expect(resumesOf(rig.receive({ type: 'reconcile', subId: 1, reason: 'behind' }).slice(1))).toEqual([
      [2, [5, 'hash1', null]],
    ])
  })

  it('[G5, CL-REPLICA-22] while its window is moved a subscription stands where it is, and the others go on', () => {
    const rig = new Rig()
    rig.want(list)
    rig.want(all)
    rig.welcome()
    rig.caughtUp(5, 1, 2)
    expect(rig.receive({ type: 'reconcile', subId: 1, reason: 'moving' })).toEqual([])
    rig.receive({ type: 'changes', epoch: 1, from: 5, to: 8, chunks: [] })
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(5)
    expect(rig.confirmed.subscription(all.key)?.cursor).toBe(8)
    expect(rig.intake.isCurrent).toBe(false)
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(8, 1)
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(8)
    expect(rig.titles()).toEqual({ a: 'A' })
  })

  it('[G2, G5, CL-REPLICA-22] a body that is read anew stands where it is, and then is what was read or nothing', () => {
    const told = (text: string) => new TextEncoder().encode(text)
    const bodyOf = ({ rig, before, read }: { rig: Rig; before: readonly Chunk[]; read: readonly SnapshotItem[] }) => {
      rig.want(bodyWatch('tasks', 'a'))
      rig.confirmed.loadBody('tasks/a', undefined)
      rig.welcome()
      rig.snapshot(1, [{ kind: 'bodyState', bytes: told('shown') }])
      rig.caughtUp(5, 1)
      rig.receive({ type: 'reconcile', subId: 1, reason: 'moving' })
      rig.changes(5, 8, ...before)
      const stands = rig.confirmed.body('tasks/a')
      expect(stands).toEqual(told('shown'))
      expect(rig.confirmed.subscription('b/tasks/a')?.cursor).toBe(5)
      if (read.length > 0) rig.snapshot(1, read)
      rig.caughtUp(8, 1)
      return rig.confirmed.body('tasks/a')
    }
    const before: Chunk[] = [
      { kind: 'body', seq: 6, collection: 'tasks', id: 'a', userId: 'bob', update: told('more') },
      { kind: 'leave', view: 10, id: 'a' },
    ]
    expect(bodyOf({ rig: new Rig(), before, read: [{ kind: 'bodyState', bytes: told('anew') }] })).toEqual(told('anew'))
    expect(bodyOf({ rig: new Rig(), before, read: [] })).toBeUndefined()
  })

  it('[G5, CL-REPLICA-24] what changes while parts wait is not taken back by them', () => {
    const rig = new Rig()
    rig.want(all)
    rig.welcome()
    rig.snapshot(1, [
      { kind: 'row', id: 'a', values: row('A') },
      { kind: 'row', id: 'b', values: row('B') },
    ])
    rig.caughtUp(5, 1)
    rig.want(list)
    rig.snapshot(2, [
      { kind: 'row', id: 'a', values: row('A') },
      { kind: 'row', id: 'b', values: row('B') },
    ])
    const base = { seq: 6, collection: 'tasks' } as const
    rig.changes(5, 6, { kind: 'patch', ...base, id: 'a', values: { title: 'A2' } })
    rig.changes(6, 7, { kind: 'removed', ...base, id: 'b', userId: 'bob', at: 1 })
    rig.snapshot(2, [{ kind: 'leave', id: 'b', removed: true }], false)
    rig.caughtUp(7, 2)
    expect(rig.titles()).toEqual({ a: 'A2' })
  })

  it('[G5, CL-REPLICA-24] what changed while parts waited does not take back what came by parts since', () => {
    const rig = new Rig()
    const text = bodyWatch('tasks', 'x')
    rig.want(all)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    rig.want(text)
    rig.snapshot(2, [], false)
    rig.changes(5, 6, { kind: 'patch', seq: 6, collection: 'tasks', id: 'a', values: { title: 'A2' } })
    rig.receive({ type: 'reconcile', subId: 1, reason: 'behind' })
    rig.receive({ type: 'reconcile', subId: 2, reason: 'behind' })
    rig.snapshot(3, [{ kind: 'patch', id: 'a', values: { title: 'A3' } }], false, 9)
    rig.snapshot(4, [], false, 9)
    rig.caughtUp(9, 3)
    rig.caughtUp(9, 4)
    expect(rig.titles()).toEqual({ a: 'A3' })
  })

  it('[G5, CL-REPLICA-24] nor what it says of a record that nothing live covers any more', () => {
    const rig = new Rig()
    rig.want(list)
    rig.want(all)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    // As of 7, before the changes up to there have come.
    rig.snapshot(2, [{ kind: 'row', id: 'a', values: row('A3') }], true, 7)
    rig.changes(5, 6, { kind: 'patch', seq: 6, collection: 'tasks', id: 'a', values: { title: 'A2' } })
    rig.changes(6, 7, { kind: 'leave', view: 10, id: 'a' })
    rig.caughtUp(7, 2)
    expect(rig.titles()).toEqual({ a: 'A3' })
  })

  it('[G5, CL-REPLICA-24] a part for one that is not caught up yet makes no row older than another stands', () => {
    const rig = new Rig()
    rig.want(list)
    rig.want(all)
    rig.want(bodyWatch('tasks', 'x'))
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    rig.snapshot(2, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.changes(5, 9, { kind: 'patch', seq: 9, collection: 'tasks', id: 'a', values: { title: 'A2' } })
    rig.receive({ type: 'reconcile', subId: 1, reason: 'moving' })
    rig.caughtUp(9, 3)
    expect(rig.titles()).toEqual({ a: 'A2' })
  })

  it('[G5, CL-REPLICA-25] a subscription is caught up by rows that came for one that is not caught up yet', () => {
    const rig = new Rig()
    rig.want(all)
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.snapshot(2, [{ kind: 'covered', id: 'a' }])
    rig.caughtUp(5, 2)
    expect(rig.titles()).toEqual({ a: 'A' })
    rig.changes(5, 6, { kind: 'patch', seq: 6, collection: 'tasks', id: 'a', values: { title: 'A2' } })
    rig.caughtUp(6, 1)
    expect(rig.titles()).toEqual({ a: 'A2' })
    expect([...rig.confirmed.refsOf(all.key)]).toEqual(['tasks/a'])
  })

  it('[G5, CL-REPLICA-27] what a subscription is told counts for the others though it is asked anew or given up meanwhile', () => {
    const rig = new Rig()
    rig.want(all)
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    rig.receive({ type: 'reconcile', subId: 1, reason: 'behind' })
    // Meant for the question before, as is what follows it: the node counts on it where it serves the other.
    rig.snapshot(1, [{ kind: 'patch', id: 'a', values: { title: 'A2' } }], false)
    rig.snapshot(2, [{ kind: 'covered', id: 'a' }])
    rig.caughtUp(6, 1, 2)
    expect(rig.titles()).toEqual({ a: 'A2' })
    rig.snapshot(3, [{ kind: 'row', id: 'b', values: row('B') }], false)
    rig.receive({ type: 'reconcile', subId: 2, reason: 'behind' })
    rig.take(rig.intake.unwant(all.key))
    rig.snapshot(4, [{ kind: 'covered', id: 'b' }], false)
    rig.caughtUp(7, 4)
    expect([...rig.confirmed.refsOf(list.key)]).toEqual(['tasks/a', 'tasks/b'])
  })

  it('[CL-REPLICA-9] told of a row that is not here, a subscription names what it holds', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    rig.receive({ type: 'reconcile', subId: 1, reason: 'behind' })
    rig.snapshot(2, [{ kind: 'covered', id: 'b' }], false)
    const [ended, asked] = rig.caughtUp(7, 2) as [ClientMessage, Subscribe]
    expect(ended).toEqual({ type: 'unsubscribe', subIds: [2] })
    expect(asked.subscriptions[0]).toMatchObject({
      subId: 3,
      resume: { cursor: 5, held: heldOf('one', ['tasks/a']).bytes },
    })
    expect(rig.confirmed.isLive(list.key)).toBe(false)
    rig.snapshot(3, [{ kind: 'row', id: 'b', values: row('B') }], false)
    rig.caughtUp(7, 3)
    expect(rig.titles()).toEqual({ a: 'A', b: 'B' })
  })

  it('[CL-REPLICA-9] a new one asks for the whole again', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'covered', id: 'a' }])
    expect(resumesOf(rig.caughtUp(5, 1).slice(1))).toEqual([[2, null]])
    rig.snapshot(2, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 2)
    expect(rig.titles()).toEqual({ a: 'A' })
  })

  it('[CL-REPLICA-10] in another incarnation no cursor of the old one counts', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(5, 1)
    rig.end()
    expect(resumesOf(rig.welcome('two', 'one'))).toEqual([[1, null]])
    rig.snapshot(1, [{ kind: 'row', id: 'b', values: row('B') }], true, 1)
    rig.caughtUp(1, 1)
    expect(rig.titles()).toEqual({ b: 'B' })
    expect(rig.confirmed.subscription(list.key)?.cursor).toBe(1)
  })

  it('[CL-REPLICA-11] what was live in a session that is over is stored with its cursor when the next one begins [G5]', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.caughtUp(5, 1)
    rig.changes(5, 9)
    rig.take(rig.intake.unwant(list.key))
    expect(rig.deltas.at(-1)?.subscriptions).toMatchObject([{ key: list.key, cursor: 9 }])
    rig.want(all)
    rig.caughtUp(9, 2)
    rig.changes(9, 11)
    rig.end()
    rig.welcome()
    const { subscriptions, position } = rig.deltas.at(-1) as Delta
    expect(subscriptions).toMatchObject([{ key: all.key, cursor: 11 }])
    expect(subscriptions[0]?.liveIn).toBeUndefined()
    expect(position).toEqual({ serial: 2, cursor: 11 })
  })

  it('[CL-REPLICA-12] fields that only the node knows keep their values', () => {
    const rig = new Rig()
    rig.want(list)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: { ...row('A'), newer: 1 } }])
    rig.caughtUp(1, 1)
    rig.changes(1, 2, { kind: 'patch', seq: 2, collection: 'tasks', id: 'a', values: { title: 'B' } })
    expect(rig.confirmed.row('tasks', 'a')?.values).toMatchObject({ title: 'B', newer: 1 })
  })

  it('[CL-REPLICA-13] a listener that was away while something happened gets one gap; if nothing did, none [G7]', () => {
    const rig = new Rig()
    rig.want(list, true)
    rig.welcome()
    rig.snapshot(1, [{ kind: 'row', id: 'a', values: row('A') }])
    rig.caughtUp(1, 1)
    rig.end()
    rig.welcome()
    rig.caughtUp(4, 1)
    expect(rig.deltas.at(-1)?.events).toEqual([])
    rig.end()
    rig.welcome()
    rig.snapshot(1, [{ kind: 'patch', id: 'a', values: { title: 'B' } }], false)
    rig.caughtUp(9, 1)
    expect(rig.deltas.at(-1)?.events).toMatchObject([{ kind: 'gap', key: list.key, from: 4, seq: 9 }])
  })
})
