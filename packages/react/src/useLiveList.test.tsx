import { act, render, renderHook, screen, waitFor } from '@testing-library/react'
import type { Row } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { memo } from 'react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { tasks } from './testing/trialSchema.js'
import { useLiveCount } from './useLiveCount.js'
import { useLiveIds } from './useLiveIds.js'
import { useLiveList } from './useLiveList.js'

let trial: Trial
afterEach(() => trial.stop())

async function fill(count: number): Promise<void> {
  await trial.server.batch(tx => {
    for (let rank = 0; rank < count; rank += 1) tx.insert(tasks, { id: `t${rank}`, title: `task ${rank}`, rank })
  })
}

describe.each(topologies)('useLiveList at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-LIST-1] shows the list in its order, live', async () => {
    await fill(3)
    const { result } = renderHook(() => useLiveList(tasks, { where: { status: 'todo' }, orderBy: '-rank' }), {
      wrapper: providerOf(trial.client('alice')),
    })
    expect(result.current).toMatchObject({ status: 'loading', data: [] })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'complete', freshness: 'live' }))
    expect(result.current.data.map(row => row.id)).toEqual(['t2', 't1', 't0'])
    await act(() => trial.server.update(tasks, 't1', { status: 'done' }))
    await waitFor(() => expect(result.current.data.map(row => row.id)).toEqual(['t2', 't0']))
  })

  it('[P7] one remote change to a visible list of 1,000 renders 1 row', async () => {
    await fill(1_000)
    const rendersById = new Map<string, number>()
    const TaskRow = memo(function TaskRow({ row }: { readonly row: Row<typeof tasks> }) {
      rendersById.set(row.id, (rendersById.get(row.id) ?? 0) + 1)
      return <li>{row.title}</li>
    })
    let listRenders = 0
    function List() {
      listRenders += 1
      const { data } = useLiveList(tasks, { orderBy: 'rank', limit: 1_000 })
      return data.map(row => <TaskRow key={row.id} row={row} />)
    }
    const { container } = render(<List />, { wrapper: providerOf(trial.client('alice')), reactStrictMode: false })
    await waitFor(() => expect(container.childElementCount).toBe(1_000))
    const before = new Map(rendersById)
    const listRendersBefore = listRenders
    await act(() => trial.server.update(tasks, 't500', { title: 'changed' }))
    await screen.findByText('changed')
    const rendered = [...rendersById].filter(([id, count]) => count !== before.get(id))
    expect(rendered).toEqual([['t500', before.get('t500')! + 1]])
    expect(listRenders - listRendersBefore).toBe(1)
  })

  it('[R-LIST-2] loads more where there is more', async () => {
    await fill(30)
    const { result } = renderHook(() => useLiveList(tasks, { orderBy: 'rank', limit: 10 }), {
      wrapper: providerOf(trial.client('alice')),
    })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'complete', hasMore: true }))
    expect(result.current.data).toHaveLength(10)
    const [first] = result.current.data
    act(() => result.current.loadMore(15))
    await waitFor(() => expect(result.current.data).toHaveLength(25))
    expect(result.current.data[0]).toBe(first)
    act(() => result.current.loadMore())
    await waitFor(() => expect(result.current).toMatchObject({ hasMore: false, loadingMore: false }))
    expect(result.current.data).toHaveLength(30)
  })

  it('[R-SELECT-1] does not repaint for fields that were not selected', async () => {
    await fill(3)
    let renders = 0
    const { result } = renderHook(
      () => {
        renders += 1
        return useLiveList(tasks, { orderBy: 'rank' }, { select: ['title'] })
      },
      { wrapper: providerOf(trial.client('alice')), reactStrictMode: false },
    )
    await waitFor(() => expect(result.current).toMatchObject({ status: 'complete', freshness: 'live' }))
    const [before, count] = [result.current, renders]
    await act(() => trial.server.update(tasks, 't1', { votes: { increment: 1 } }))
    await act(() => trial.server.update(tasks, 't2', { title: 'changed' }))
    await waitFor(() => expect(result.current.data[2]).toEqual({ id: 't2', title: 'changed' }))
    expect(renders - count).toBe(1)
    expect(result.current.data[1]).toBe(before.data[1])
  })

  it('[R-IDLE-1] asks for nothing with null', () => {
    const client = trial.client('alice')
    const { result } = renderHook(
      () => [useLiveList(tasks, null), useLiveIds(tasks, null), useLiveCount(tasks, null)] as const,
      { wrapper: providerOf(client) },
    )
    const [list, ids, count] = result.current
    expect(list).toMatchObject({ status: 'idle', data: [], hasMore: false })
    expect(ids).toMatchObject({ status: 'idle', data: [] })
    expect(count).toMatchObject({ status: 'idle', data: undefined })
  })
})

describe.each(topologies)('useLiveIds at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-IDS-1] repaints only when a record comes, goes or moves', async () => {
    await fill(3)
    let renders = 0
    const { result } = renderHook(
      () => {
        renders += 1
        return useLiveIds(tasks, { orderBy: 'rank' })
      },
      { wrapper: providerOf(trial.client('alice')), reactStrictMode: false },
    )
    await waitFor(() => expect(result.current).toMatchObject({ status: 'complete', freshness: 'live' }))
    const count = renders
    await act(() => trial.server.update(tasks, 't0', { title: 'changed' }))
    await act(() => trial.server.update(tasks, 't0', { rank: 9 }))
    await waitFor(() => expect(result.current.data).toEqual(['t1', 't2', 't0']))
    expect(renders - count).toBe(1)
  })
})

describe.each(topologies)('useLiveCount at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-COUNT-1] counts on the node, plus what waits in the outbox', async () => {
    await fill(40)
    const client = trial.client('alice')
    const { result } = renderHook(() => useLiveCount(tasks, { status: 'todo' }), { wrapper: providerOf(client) })
    expect(result.current).toMatchObject({ status: 'loading', data: undefined })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'complete', data: 40 }))
    act(() => void client.insert(tasks, { title: 'one more' }))
    expect(result.current.data).toBe(41)
    await act(() => client.settled())
    await waitFor(() => expect(result.current.data).toBe(41))
  })
})
