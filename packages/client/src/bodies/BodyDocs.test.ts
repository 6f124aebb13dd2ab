import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { ManualClock } from '../testing/ManualClock.js'
import { seededRandom } from '../testing/seededRandom.js'
import { BodyDocs } from './BodyDocs.js'
import { remoteOrigin } from './remoteOrigin.js'
import { BodyRoom, type RoomReplica, turn } from './testing/BodyRoom.js'

function open(replica: RoomReplica, seed = 1) {
  const clock = new ManualClock()
  const docs = new BodyDocs({ source: replica, clock, random: seededRandom(seed) })
  return { clock, docs }
}

const nobody = () => undefined

describe('BodyDocs', () => {
  it('[CL-BODY-1] nothing is opened before somebody subscribes', async () => {
    const alice = new BodyRoom().join('alice')
    const { docs, clock } = open(alice)
    const store = docs.text('tasks', 't1', 'notes')
    expect(store.getSnapshot()).toEqual({ status: 'loading', text: undefined, awareness: undefined })
    await turn()
    expect([alice.loads, alice.isWatched, clock.pendingTimers]).toEqual([0, false, 0])
    store.subscribe(nobody)
    await turn()
    expect([alice.loads, alice.isWatched]).toEqual([1, true])
    expect(store.getSnapshot().status).toBe('ready')
    expect(store.getServerSnapshot().status).toBe('loading')
  })

  it('[CL-BODY-1] all who show a body share one document, under a guid of its record', async () => {
    const { docs } = open(new BodyRoom().join('alice'))
    docs.text('tasks', 't1', 'notes').subscribe(nobody)
    const unsubscribe = docs.text('tasks', 't1', 'notes').subscribe(nobody)
    docs.richText('tasks', 't1', 'page').subscribe(nobody)
    docs.text('tasks', 't2', 'notes').subscribe(nobody)
    await turn()
    const doc = docs.text('tasks', 't1', 'notes').getSnapshot().text!.doc!
    expect(doc.guid).toBe('tasks/t1')
    expect(docs.richText('tasks', 't1', 'page').getSnapshot().fragment!.doc).toBe(doc)
    expect(docs.text('tasks', 't2', 'notes').getSnapshot().text!.doc).not.toBe(doc)
    unsubscribe()
    expect(docs.text('tasks', 't1', 'notes').getSnapshot().text!.doc).toBe(doc)
  })

  it('[CL-BODY-1] equal targets have one store, and a snapshot stays the same object while nothing changed', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const { docs } = open(alice)
    const store = docs.text('tasks', 't1', 'notes')
    expect(docs.text('tasks', 't1', 'notes')).toBe(store)
    const before = store.getSnapshot()
    expect(store.getSnapshot()).toBe(before)
    let heard = 0
    store.subscribe(() => heard++)
    expect(heard).toBe(0)
    await turn()
    const ready = store.getSnapshot()
    expect([heard, ready.status]).toEqual([1, 'ready'])
    ready.text!.insert(0, 'a')
    alice.tell({ kind: 'status', status: 'ready' })
    await room.settle()
    expect(store.getSnapshot()).toBe(ready)
    expect(heard).toBe(1)
  })

  it('[CL-BODY-2] the body stays open for a while after the last one left, then it is closed', async () => {
    const alice = new BodyRoom().join('alice')
    const { docs, clock } = open(alice)
    const store = docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)()
    await turn()
    const { text } = store.getSnapshot()
    clock.advance(4_000)
    const unsubscribe = store.subscribe(nobody)
    clock.advance(60_000)
    expect(store.getSnapshot().text).toBe(text)
    expect(alice.loads).toBe(1)
    unsubscribe()
    unsubscribe()
    clock.advance(5_000)
    expect(alice.isWatched).toBe(false)
    expect(store.getSnapshot()).toEqual({ status: 'loading', text: undefined, awareness: undefined })
    expect(clock.pendingTimers).toBe(0)
  })

  it('[CL-BODY-2] each time it is opened it is written under another Yjs client id', async () => {
    const { docs, clock } = open(new BodyRoom().join('alice'))
    const clientIds = new Set<number>()
    for (let i = 0; i < 3; i++) {
      const unsubscribe = docs.doc('pages', 'p1').subscribe(nobody)
      await turn()
      clientIds.add(docs.doc('pages', 'p1').getSnapshot().doc!.clientID)
      unsubscribe()
      clock.advance(5_000)
    }
    expect(clientIds.size).toBe(3)
  })

  it('[CL-BODY-3] the edits of one tick reach the outbox as one update', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const { docs } = open(alice)
    docs.text('tasks', 't1', 'notes').subscribe(nobody)
    await turn()
    const text = docs.text('tasks', 't1', 'notes').getSnapshot().text!
    text.insert(0, 'hello')
    text.insert(5, ' world')
    text.delete(0, 1)
    expect(alice.outbox).toHaveLength(0)
    await turn()
    expect(alice.outbox).toHaveLength(1)
    text.insert(0, 'H')
    await turn()
    expect(alice.outbox).toHaveLength(2)
    await room.settle()
    expect(room.text('notes')).toBe('Hello world')
  })

  it('[CL-BODY-3] what was typed last is in the outbox when the body is closed', async () => {
    const alice = new BodyRoom().join('alice')
    const { docs } = open(alice)
    docs.text('tasks', 't1', 'notes').subscribe(nobody)
    await turn()
    docs.text('tasks', 't1', 'notes').getSnapshot().text!.insert(0, 'last words')
    docs.close()
    expect(alice.outbox).toHaveLength(1)
  })

  it('[CL-BODY-3] an edit that finds the outbox full is offered again until there is room', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const { docs, clock } = open(alice)
    docs.text('tasks', 't1', 'notes').subscribe(nobody)
    await turn()
    alice.isFull = true
    const { text } = docs.text('tasks', 't1', 'notes').getSnapshot()
    text!.insert(0, 'one')
    await turn()
    text!.insert(3, ' two')
    await turn()
    clock.advance(5_000)
    alice.isFull = false
    clock.advance(1_000)
    await room.settle()
    expect(room.text('notes')).toBe('one two')
  })

  it('[CL-BODY-4] what comes from elsewhere is not written again and not undone', async () => {
    const room = new BodyRoom()
    const [alice, bob] = [room.join('alice'), room.join('bob')]
    const [alices, bobs] = [open(alice, 1).docs, open(bob, 2).docs]
    for (const docs of [alices, bobs]) docs.text('tasks', 't1', 'notes').subscribe(nobody)
    await turn()
    const text = alices.text('tasks', 't1', 'notes').getSnapshot().text!
    const undo = new Y.UndoManager(text)
    const origins: unknown[] = []
    text.observe(event => origins.push(event.transaction.origin))
    text.insert(0, 'alice')
    await room.settle()
    bobs.text('tasks', 't1', 'notes').getSnapshot().text!.insert(0, 'bob ')
    await room.settle()
    expect(text.toString()).toBe('bob alice')
    expect(origins).toEqual([null, remoteOrigin])
    expect([alice.outbox, alice.inbox]).toEqual([[], []])
    undo.undo()
    await room.settle()
    expect(room.text('notes')).toBe('bob ')
  })

  it('[CL-BODY-4] formatting that Yjs tidies on its own is written only along with an edit', async () => {
    const room = new BodyRoom()
    const users = ['alice', 'bob', 'carol'].map(name => room.join(name))
    const texts = await Promise.all(
      users.map(async (user, i) => {
        const store = open(user, i + 1).docs.text('tasks', 't1', 'notes')
        store.subscribe(nobody)
        await turn()
        return store.getSnapshot().text!
      }),
    )
    texts[0]!.insert(0, 'one two three')
    await room.settle()
    for (const user of users) user.isOnline = false
    texts[0]!.format(4, 3, { bold: true })
    texts[1]!.delete(2, 8)
    await turn()
    for (const user of users) user.isOnline = true
    const carolWrote: Uint8Array[] = []
    const write = users[2]!.write.bind(users[2])
    users[2]!.write = (key, update) => {
      carolWrote.push(update)
      return write(key, update)
    }
    await room.settle()
    expect(carolWrote).toEqual([])
    texts[2]!.insert(0, '> ')
    await room.settle()
    expect(carolWrote).toHaveLength(1)
    expect(texts.map(text => text.toString())).toEqual(texts.map(() => '> onree'))
    expect(users.flatMap(user => user.inbox)).toEqual([])
  })

  it('[CL-BODY-5] a rebuild shows a new text object, under a new client id, without what was refused', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const { docs } = open(alice)
    const store = docs.text('tasks', 't1', 'notes')
    let heard = 0
    store.subscribe(() => heard++)
    await turn()
    const before = store.getSnapshot()
    before.text!.insert(0, 'kept')
    await room.settle()
    room.isRefusing = true
    before.text!.insert(4, ' refused')
    await turn()
    alice.push()
    room.isRefusing = false
    before.text!.insert(12, ' and more')
    await room.settle()
    const after = store.getSnapshot()
    expect(after.text).not.toBe(before.text)
    expect(after.text!.doc!.clientID).not.toBe(before.text!.doc!.clientID)
    expect(after.text!.toString()).toBe('kept')
    expect(alice.inbox).toHaveLength(2)
    expect(heard).toBeGreaterThan(1)
    after.text!.insert(4, ' again')
    await room.settle()
    expect(room.text('notes')).toBe('kept again')
    expect(before.text!.doc!.isDestroyed).toBe(true)
  })

  it.each([
    ['online, the node has told all', { state: null, isComplete: true, events: [] }, 'ready'],
    ['nothing here, the node has not spoken', { state: null, isComplete: false, events: [] }, 'loading'],
    ['nothing here, out of reach', { state: null, isComplete: false, events: ['unavailable'] }, 'unavailable'],
    ['stored here, out of reach', { state: 'x', isComplete: false, events: ['unavailable'] }, 'ready'],
    ['stored here, the node has not spoken', { state: 'x', isComplete: false, events: ['loading'] }, 'ready'],
    ['no such record', { state: null, isComplete: false, events: ['missing'] }, 'missing'],
    ['removed or hidden', { state: 'x', isComplete: false, events: ['missing'] }, 'missing'],
    ['in sight again', { state: 'x', isComplete: false, events: ['missing', 'ready'] }, 'ready'],
  ] as const)('[CL-BODY-6] the status of a text: %s', async (_, { state, isComplete, events }, status) => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'stored')
    alice.confirmed = state === null ? null : Y.encodeStateAsUpdate(doc)
    alice.isComplete = isComplete
    const store = open(alice).docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)
    await turn()
    for (const event of events) alice.tell({ kind: 'status', status: event })
    await room.settle()
    expect(store.getSnapshot().status).toBe(status)
    expect(store.getSnapshot().text === undefined).toBe(status !== 'ready')
  })

  it('[CL-BODY-6] a text that went out of sight keeps nothing, and is loaded again when it is back', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const { docs } = open(alice)
    const store = docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)
    await turn()
    store.getSnapshot().text!.insert(0, 'secret')
    await room.settle()
    alice.confirmed = null
    alice.tell({ kind: 'status', status: 'missing' })
    await room.settle()
    expect(store.getSnapshot()).toEqual({ status: 'missing', text: undefined, awareness: undefined })
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'public')
    alice.tell({ kind: 'update', update: Y.encodeStateAsUpdate(doc) })
    alice.tell({ kind: 'status', status: 'ready' })
    await room.settle()
    expect(store.getSnapshot().text!.toString()).toBe('public')
  })

  it('[CL-BODY-6] nothing is shown of a text that was removed while it was loaded again [G2]', async () => {
    const room = new BodyRoom()
    room.state = null
    const alice = room.join('alice')
    const store = open(alice).docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)
    await turn()
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'removed')
    alice.tell({ kind: 'rebuild' })
    alice.tell({ kind: 'status', status: 'missing' })
    alice.tell({ kind: 'update', update: Y.encodeStateAsUpdate(doc) })
    while (alice.hear());
    alice.confirmed = null
    alice.tell({ kind: 'rebuild' })
    alice.hear()
    await room.settle()
    expect(store.getSnapshot()).toEqual({ status: 'missing', text: undefined, awareness: undefined })
  })

  it('[CL-BODY-6] what waits in the outbox is not shown of a text out of sight, and is when it is back [G2]', async () => {
    const room = new BodyRoom()
    room.state = null
    const alice = room.join('alice')
    const store = open(alice).docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)
    await turn()
    store.getSnapshot().text!.insert(0, 'mine')
    alice.tell({ kind: 'status', status: 'missing' })
    alice.hear()
    expect(store.getSnapshot()).toEqual({ status: 'missing', text: undefined, awareness: undefined })
    expect(alice.outbox).toHaveLength(1)
    alice.tell({ kind: 'rebuild' })
    alice.hear()
    await turn()
    expect(store.getSnapshot().status).toBe('missing')
    alice.tell({ kind: 'status', status: 'ready' })
    alice.hear()
    await turn()
    expect(store.getSnapshot().text!.toString()).toBe('mine')
  })

  it('[CL-BODY-6] a body that cannot be loaded is an error, until there is news of it', async () => {
    const room = new BodyRoom()
    const alice = room.join('alice')
    const load = alice.load.bind(alice)
    alice.load = () => Promise.reject(new Error('STORAGE_FAILED'))
    const store = open(alice).docs.text('tasks', 't1', 'notes')
    store.subscribe(nobody)
    await turn()
    expect(store.getSnapshot().status).toBe('error')
    alice.load = load
    alice.tell({ kind: 'status', status: 'ready' })
    await room.settle()
    expect(store.getSnapshot().status).toBe('ready')
  })

  it('[CL-BODY-7] a record of an open collection can be begun, online and offline', async () => {
    const room = new BodyRoom()
    room.state = null
    const [alice, bob] = [room.join('alice'), room.join('bob')]
    for (const replica of [alice, bob]) replica.isComplete = false
    const [alices, bobs] = [open(alice, 1).docs.doc('pages', 'p1'), open(bob, 2).docs.doc('pages', 'p1')]
    for (const store of [alices, bobs]) store.subscribe(nobody)
    alice.tell({ kind: 'status', status: 'missing' })
    bob.tell({ kind: 'status', status: 'unavailable' })
    await room.settle()
    expect(alices.getSnapshot().status).toBe('ready')
    expect(bobs.getSnapshot().status).toBe('unavailable')
    bob.isOnline = false
    alices.getSnapshot().doc!.getMap('shapes').set('a', 1)
    bobs.getSnapshot().doc!.getMap('shapes').set('b', 2)
    await room.settle()
    bob.isOnline = true
    await room.settle()
    for (const store of [alices, bobs]) {
      expect(store.getSnapshot().doc!.getMap('shapes').toJSON()).toEqual({ a: 1, b: 2 })
    }
  })
})

describe('the awareness of a body', () => {
  async function openTwo() {
    const room = new BodyRoom()
    const [alice, bob] = [room.join('alice'), room.join('bob')]
    const [first, second] = [open(alice, 1), open(bob, 2)]
    const [alices, bobs] = [first, second].map(({ docs }) => docs.text('tasks', 't1', 'notes'))
    for (const store of [alices!, bobs!]) store.subscribe(nobody)
    await turn()
    const awarenessOf = (store: typeof alices) => store!.getSnapshot().awareness!
    const statesAt = (store: typeof alices) => {
      const { clientID, states } = awarenessOf(store)
      return [...states].filter(([client]) => client !== clientID).map(([, state]) => state)
    }
    const advance = (ms: number) => {
      first.clock.advance(ms)
      second.clock.advance(ms)
    }
    return { room, alice, bob, first, second, alices: alices!, bobs: bobs!, awarenessOf, statesAt, advance }
  }

  it('[CL-BODY-8] shows the others what is set here, also to who comes later', async () => {
    const { room, alice, alices, bobs, awarenessOf, statesAt } = await openTwo()
    await room.settle()
    expect(alice.awareness).toHaveLength(0)
    awarenessOf(alices).setLocalStateField('user', 'alice')
    await room.settle()
    expect(statesAt(bobs)).toEqual([{ user: 'alice' }])
    const carols = open(room.join('carol'), 3).docs.text('tasks', 't1', 'notes')
    carols.subscribe(nobody)
    await turn()
    awarenessOf(carols).setLocalStateField('user', 'carol')
    await room.settle()
    expect(statesAt(carols)).toEqual([])
  })

  it('[CL-BODY-8] tells a newcomer of itself', async () => {
    const { room, alices, bobs, awarenessOf, statesAt, advance } = await openTwo()
    awarenessOf(alices).setLocalStateField('user', 'alice')
    await room.settle()
    const carol = open(room.join('carol'), 3)
    const carols = carol.docs.text('tasks', 't1', 'notes')
    carols.subscribe(nobody)
    await turn()
    awarenessOf(carols).setLocalStateField('user', 'carol')
    await room.settle()
    advance(100)
    await room.settle()
    expect(statesAt(carols)).toEqual([{ user: 'alice' }])
    expect(statesAt(bobs)).toEqual([{ user: 'alice' }, { user: 'carol' }])
  })

  it('[CL-BODY-8] sends at most ten times a second, and the last state always', async () => {
    const { room, alice, first, alices, bobs, awarenessOf, statesAt } = await openTwo()
    for (let i = 0; i <= 100; i++) {
      awarenessOf(alices).setLocalStateField('cursor', i)
      first.clock.advance(10)
    }
    first.clock.advance(100)
    await room.settle()
    expect(alice.awareness.length).toBeLessThanOrEqual(12)
    expect(statesAt(bobs)).toEqual([{ cursor: 100 }])
  })

  it('[CL-BODY-8] is renewed while it holds, and forgotten when nothing is heard for 30 s', async () => {
    const { room, alice, alices, bobs, awarenessOf, statesAt, advance } = await openTwo()
    awarenessOf(alices).setLocalStateField('user', 'alice')
    for (let i = 0; i < 10; i++) {
      await room.settle()
      advance(10_000)
    }
    expect(statesAt(bobs)).toEqual([{ user: 'alice' }])
    alice.isOnline = false
    alice.sendAwareness = nobody
    await room.settle()
    advance(40_000)
    expect(statesAt(bobs)).toEqual([])
  })

  it('[CL-BODY-8] is gone for the others when the body is closed, and for this one when it is out of reach', async () => {
    const { room, bob, first, alices, bobs, awarenessOf, statesAt } = await openTwo()
    awarenessOf(alices).setLocalStateField('user', 'alice')
    awarenessOf(bobs).setLocalStateField('user', 'bob')
    await room.settle()
    first.clock.advance(100)
    await room.settle()
    expect([statesAt(alices), statesAt(bobs)]).toEqual([[{ user: 'bob' }], [{ user: 'alice' }]])
    first.docs.close()
    await room.settle()
    expect(statesAt(bobs)).toEqual([])
    const carols = open(room.join('carol'), 3).docs.text('tasks', 't1', 'notes')
    carols.subscribe(nobody)
    await turn()
    awarenessOf(carols).setLocalStateField('user', 'carol')
    await room.settle()
    expect(statesAt(bobs)).toEqual([{ user: 'carol' }])
    bob.tell({ kind: 'status', status: 'unavailable' })
    await room.settle()
    expect(statesAt(bobs)).toEqual([])
  })

  it('[CL-BODY-8] goes over to the new document of a rebuild', async () => {
    const { room, alice, alices, bobs, awarenessOf, statesAt, advance } = await openTwo()
    awarenessOf(alices).setLocalStateField('user', 'alice')
    await room.settle()
    alice.tell({ kind: 'rebuild' })
    await room.settle()
    advance(100)
    await room.settle()
    expect(awarenessOf(alices).getLocalState()).toEqual({ user: 'alice' })
    expect(statesAt(bobs)).toEqual([{ user: 'alice' }])
  })

  it('[CL-BODY-8] survives nonsense from another client', async () => {
    const { room, bob, bobs, statesAt } = await openTwo()
    bob.tell({ kind: 'awareness', update: new Uint8Array([1, 2, 3, 255, 255]) })
    await room.settle()
    expect(statesAt(bobs)).toEqual([])
  })
})
