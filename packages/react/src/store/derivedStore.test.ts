import type { LiveStore } from '@tidemark/client'
import { describe, expect, it } from 'vitest'
import { derivedStore } from './derivedStore.js'
import { idsOfList } from './idsOfList.js'
import { selectRows } from './selectRows.js'

interface Row {
  readonly id: string
  readonly title: string
  readonly votes: number
  readonly labels: readonly string[]
}

/** A list whose state is set by hand: what these stores derive from is the port, not a client. */
function listStore(first: readonly Row[]) {
  let state = stateOf(first)
  const store: LiveStore<typeof state> = {
    getSnapshot: () => state,
    getServerSnapshot: () => state,
    subscribe: () => () => {},
  }
  return {
    store,
    set: (rows: readonly Row[], more: Partial<typeof state> = {}) => (state = { ...stateOf(rows), ...more }),
  }
}

function stateOf(data: readonly Row[]) {
  return {
    status: 'complete' as const,
    data,
    freshness: 'live' as const,
    error: null,
    hasMore: false,
    loadingMore: false,
    loadMore,
    retry,
  }
}
const loadMore = () => {}
const retry = () => {}

const alice: Row = { id: 'a', title: 'alice', votes: 1, labels: ['x'] }
const bob: Row = { id: 'b', title: 'bob', votes: 1, labels: [] }

describe('a derived store', () => {
  it('[R-STABLE-2] is one for each base and key', () => {
    const { store } = listStore([alice])
    expect(selectRows(store, ['title'])).toBe(selectRows(store, ['title']))
    expect(selectRows(store, ['title'])).not.toBe(selectRows(store, ['votes']))
    expect(selectRows(store, ['title'])).not.toBe(selectRows(listStore([alice]).store, ['title']))
  })

  it('derives once for each state of its base', () => {
    const { store, set } = listStore([alice])
    let runs = 0
    const derived = derivedStore(store, 'count', () => ({ data }) => {
      runs += 1
      return data.length
    })
    expect([derived.getSnapshot(), derived.getSnapshot()]).toEqual([1, 1])
    expect(runs).toBe(1)
    set([alice, bob])
    expect(derived.getSnapshot()).toBe(2)
    expect(runs).toBe(2)
  })
})

describe('a selection of fields', () => {
  it('[R-SELECT-1] keeps the state, its array and its rows while no selected field changed', () => {
    const { store, set } = listStore([alice, bob])
    const selected = selectRows(store, ['title', 'labels'])
    const before = selected.getSnapshot()
    expect(before.data).toEqual([
      { id: 'a', title: 'alice', labels: ['x'] },
      { id: 'b', title: 'bob', labels: [] },
    ])
    set([{ ...alice, votes: 2, labels: ['x'] }, { ...bob }])
    expect(selected.getSnapshot()).toBe(before)
  })

  it('[R-SELECT-1] gives only the rows a new identity of which a selected field changed', () => {
    const { store, set } = listStore([alice, bob])
    const selected = selectRows(store, ['title'])
    const before = selected.getSnapshot()
    set([{ ...bob, title: 'bobby' }, alice])
    const after = selected.getSnapshot()
    expect(after.data).toEqual([
      { id: 'b', title: 'bobby' },
      { id: 'a', title: 'alice' },
    ])
    expect(after.data[1]).toBe(before.data[0])
  })

  it('[R-SELECT-1] tells what the list tells about itself', () => {
    const { store, set } = listStore([alice])
    const selected = selectRows(store, ['title'])
    const before = selected.getSnapshot()
    set([alice], { hasMore: true })
    const after = selected.getSnapshot()
    expect(after).not.toBe(before)
    expect(after.hasMore).toBe(true)
    expect(after.data).toBe(before.data)
  })
})

describe('the ids of a list', () => {
  it('[R-IDS-1] change only when a record comes, goes or moves', () => {
    const { store, set } = listStore([alice, bob])
    const ids = idsOfList(store)
    const before = ids.getSnapshot()
    set([{ ...alice, title: 'alicia' }, bob])
    expect(ids.getSnapshot()).toBe(before)
    set([bob, alice])
    expect(ids.getSnapshot().data).toEqual(['b', 'a'])
  })

  it('[R-STABLE-1] are frozen', () => {
    const { data } = idsOfList(listStore([alice]).store).getSnapshot()
    expect(Object.isFrozen(data)).toBe(true)
  })
})
