import { type RowValues, schemaModelOf } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import type { LiveList } from '../LiveState.js'
import { type Delta, emptyDelta } from '../replica/Delta.js'
import { Replica } from '../replica/Replica.js'
import type { Connection } from '../session/ClientSession.js'
import { ManualClock } from '../testing/ManualClock.js'
import { schema } from '../testing/tracker.js'
import { ListStore } from './ListStore.js'
import { listWatch } from './Watch.js'
import { Watchlist } from './Watchlist.js'

const model = schemaModelOf(schema)

class Rig {
  connection: Connection = 'connecting'
  readonly wanted: (number | null)[] = []
  readonly replica: Replica
  readonly store: ListStore
  told = 0
  #version = 1

  constructor(query: object) {
    const watch = listWatch(model, 'tasks', query)
    this.replica = new Replica({ schema: model, commands: [], userId: 'alice', isDevelopment: true }, step =>
      this.store?.take(step),
    )
    const watchlist = new Watchlist(new ManualClock(), {
      want: ({ limit }) => this.wanted.push(limit),
      unwant: () => undefined,
    })
    const rig = this
    const world = {
      replica: this.replica,
      refusal: null,
      seeds: { get: () => undefined },
      get connection() {
        return rig.connection
      },
    }
    this.store = new ListStore(watch, world, watchlist, () => undefined)
    this.store.subscribe(() => this.told++)
  }

  get key(): string {
    return this.store.watch.key
  }

  get list(): LiveList<RowValues> {
    return this.store.getSnapshot()
  }

  connect(connection: Connection): void {
    this.connection = connection
    this.store.refresh()
  }

  load(): void {
    this.replica.load(this.key, 0, [])
  }

  rows(ranks: readonly string[], views: readonly string[] = [this.key]): Delta['rows'] {
    return ranks.map(rank => ({ collection: 'tasks', id: rank, views, isRead: true, values: rowOf(rank) }))
  }

  apply(delta: Partial<Delta>): void {
    this.replica.apply({ ...emptyDelta, ...delta }, this.#version++, [])
  }

  catchUp(ranks: readonly string[], bound: string | null = null): void {
    const key = bound === null ? null : [bound, bound]
    const subscriptions = [{ key: this.key, viewHash: 'h', cursor: 1, bound: key }]
    this.apply({ rows: this.rows(ranks), subscriptions, live: [this.key] })
  }

  get shown(): string {
    return this.list.data.map(({ rank }) => rank).join('')
  }
}

const rowOf = (rank: string): RowValues => ({
  title: rank,
  status: 'todo',
  rank,
  votes: 0,
  labels: [],
  $createdAt: 1,
  $createdBy: 'bob',
  $updatedAt: 1,
  $updatedBy: 'bob',
})

describe('ListStore', () => {
  it('[CL-LIST-1] is loading, then complete while it is live, then partial until the cursor proves it again', () => {
    const rig = new Rig({ orderBy: 'rank' })
    expect(rig.list).toMatchObject({ status: 'loading', freshness: 'catching-up', data: [] })
    rig.load()
    rig.connect('online')
    rig.catchUp(['b', 'a'])
    expect(rig.list).toMatchObject({ status: 'complete', freshness: 'live', hasMore: false })
    expect(rig.shown).toBe('ab')
    rig.connection = 'offline'
    rig.replica.endSession()
    expect(rig.list).toMatchObject({ status: 'partial', freshness: 'cached' })
    rig.connect('connecting')
    expect(rig.list).toMatchObject({ status: 'partial', freshness: 'catching-up' })
    expect(rig.shown).toBe('ab')
  })

  it('[CL-LIST-2] offline and never seen it is unavailable, or what else is here and matches as partial', () => {
    const rig = new Rig({ orderBy: 'rank' })
    rig.connection = 'offline'
    rig.load()
    expect(rig.list.status).toBe('unavailable')
    rig.replica.load('r/tasks/x', 0, [{ collection: 'tasks', id: 'x', values: rowOf('x'), views: ['r/tasks/x'] }])
    expect(rig.list).toMatchObject({ status: 'partial', data: [{ id: 'x' }] })
  })

  it('[CL-LIST-3] once caught up it shows what the node says is in it, and nothing else but pending rows', () => {
    const rig = new Rig({ orderBy: 'rank' })
    rig.load()
    rig.replica.load('r/tasks/x', 0, [{ collection: 'tasks', id: 'x', values: rowOf('x'), views: ['r/tasks/x'] }])
    rig.connect('online')
    expect(rig.shown).toBe('x')
    rig.catchUp(['a'])
    expect(rig.shown).toBe('a')
  })

  it('[CL-LIST-4] a window shows its rows up to the bound; what local edits have drained is partial, never silently short', () => {
    const rig = new Rig({ orderBy: 'rank', limit: 2 })
    rig.load()
    rig.connect('online')
    rig.catchUp(['a', 'b', 'c', 'e'], 'c')
    expect(rig.list).toMatchObject({ status: 'complete', hasMore: true })
    expect(rig.shown).toBe('ab')
    rig.apply({ droppedRows: [{ collection: 'tasks', id: 'a', isRead: true, why: 'removed' }] })
    expect(rig.shown).toBe('bc')
    expect(rig.list.status).toBe('complete')
    rig.apply({ droppedRows: [{ collection: 'tasks', id: 'b', isRead: true, why: 'removed' }] })
    expect(rig.shown).toBe('c')
    expect(rig.list).toMatchObject({ status: 'partial', hasMore: true })
  })

  it('[CL-LIST-5] loads more by asking for a longer window, and says so meanwhile', async () => {
    const rig = new Rig({ orderBy: 'rank', limit: 2 })
    await Promise.resolve()
    rig.load()
    rig.connect('online')
    rig.catchUp(['a', 'b', 'c'], 'c')
    rig.list.loadMore()
    await Promise.resolve()
    expect(rig.wanted).toEqual([2, 4])
    expect(rig.list).toMatchObject({ status: 'complete', loadingMore: true })
    expect(rig.shown).toBe('abc')
    rig.catchUp(['a', 'b', 'c', 'd', 'e'])
    expect(rig.list).toMatchObject({ status: 'complete', loadingMore: false, hasMore: true })
    expect(rig.shown).toBe('abcd')
  })

  it('[CL-LIST-6] one message is one notification, and none if nothing changed; unchanged rows are the same objects', () => {
    const rig = new Rig({ orderBy: 'rank' })
    rig.load()
    rig.connect('online')
    rig.catchUp(['a', 'b'])
    const before = rig.list
    rig.told = 0
    rig.apply({ rows: rig.rows(['c', 'd']) })
    expect(rig.told).toBe(1)
    expect(rig.list.data[0]).toBe(before.data[0])
    const now = rig.list
    rig.apply({ rows: rig.rows(['c']), position: { serial: 1, cursor: 9 } })
    expect(rig.told).toBe(1)
    expect(rig.list).toBe(now)
  })

  it('[CL-LIST-7] a list, its rows and their values are frozen in development', () => {
    const rig = new Rig({ orderBy: 'rank' })
    rig.load()
    rig.catchUp(['a'])
    const [row] = rig.list.data
    for (const given of [rig.list, rig.list.data, row, row?.labels]) expect(Object.isFrozen(given)).toBe(true)
  })
})
