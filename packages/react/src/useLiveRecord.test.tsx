import { act, renderHook, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { tasks } from './testing/trialSchema.js'
import { useLiveRecord } from './useLiveRecord.js'

let trial: Trial
afterEach(() => trial.stop())

describe.each(topologies)('useLiveRecord at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
    await trial.server.insert(tasks, { id: 't1', title: 'one' })
    await trial.server.insert(tasks, { id: 't2', title: 'two' })
  })

  it('[R-RECORD-1] shows the record, and what others make of it', async () => {
    const { result } = renderHook(() => useLiveRecord(tasks, 't1'), { wrapper: providerOf(trial.client('alice')) })
    expect(result.current).toMatchObject({ status: 'loading', data: undefined })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'ready', freshness: 'live', pending: false }))
    expect(result.current.data).toMatchObject({ id: 't1', title: 'one' })
    await act(() => trial.server.update(tasks, 't1', { title: 'uno' }))
    await waitFor(() => expect(result.current.data?.title).toBe('uno'))
  })

  it('[R-RECORD-2] shows an own write in the same tick', async () => {
    const { result } = renderHook(() => useLiveRecord(tasks, 't1'), { wrapper: providerOf(trial.client('alice')) })
    await waitFor(() => expect(result.current.status).toBe('ready'))
    act(() => void result.current.update({ title: 'mine' }))
    expect(result.current).toMatchObject({ pending: true, data: { title: 'mine', $pending: true } })
    await waitFor(() =>
      expect(result.current).toMatchObject({ pending: false, data: { title: 'mine', $pending: false } }),
    )
    act(() => void result.current.remove())
    expect(result.current).toMatchObject({ status: 'missing', reason: 'deleted' })
  })

  it('[R-RECORD-3] tells why a record is missing', async () => {
    const client = trial.client('alice')
    const { result } = renderHook(() => useLiveRecord(tasks, 'nowhere'), { wrapper: providerOf(client) })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'missing', reason: 'not-found' }))
  })

  it('[R-IDLE-1] asks for nothing with null', async () => {
    const client = trial.client('alice')
    const { result, rerender } = renderHook(({ id }: { id: string | null }) => useLiveRecord(tasks, id), {
      wrapper: providerOf(client),
      initialProps: { id: null as string | null },
    })
    expect(result.current).toMatchObject({ status: 'idle', data: undefined, freshness: 'live' })
    expect(() => result.current.update({ title: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    rerender({ id: 't1' })
    await waitFor(() => expect(result.current.status).toBe('ready'))
    rerender({ id: null })
    expect(result.current.status).toBe('idle')
  })

  it('[R-SWITCH-1] never shows one record under the id of another', async () => {
    const seen: string[] = []
    const { rerender, result } = renderHook(
      ({ id }) => {
        const record = useLiveRecord(tasks, id)
        if (record.data) seen.push(`${id} ${record.data.id}`)
        return record
      },
      { wrapper: providerOf(trial.client('alice')), initialProps: { id: 't1' } },
    )
    await waitFor(() => expect(result.current.status).toBe('ready'))
    rerender({ id: 't2' })
    await waitFor(() => expect(result.current.data?.id).toBe('t2'))
    expect([...new Set(seen)].sort()).toEqual(['t1 t1', 't2 t2'])
  })

  it('[R-SELECT-1] repaints only for selected fields', async () => {
    let renders = 0
    const { result } = renderHook(
      () => {
        renders += 1
        return useLiveRecord(tasks, 't1', { select: ['title'] })
      },
      { wrapper: providerOf(trial.client('alice')) },
    )
    await waitFor(() => expect(result.current).toMatchObject({ status: 'ready', data: { id: 't1', title: 'one' } }))
    const whole = renderHook(() => useLiveRecord(tasks, 't1'), { wrapper: providerOf(trial.client('bob')) })
    await waitFor(() => expect(whole.result.current.status).toBe('ready'))
    const [before, count] = [result.current, renders]
    await act(() => trial.server.update(tasks, 't1', { rank: 5 }))
    await waitFor(() => expect(whole.result.current.data?.rank).toBe(5))
    await act(() => trial.server.update(tasks, 't1', { title: 'uno' }))
    await waitFor(() => expect(result.current.data?.title).toBe('uno'))
    expect(before).not.toBe(result.current)
    // One repaint, which StrictMode renders twice: the change of the rank made none.
    expect(renders - count).toBe(2)
    expect(Object.keys(result.current.data ?? {})).toEqual(['id', 'title'])
  })

  it('[R-STABLE-1] returns the same frozen objects while nothing changed', async () => {
    const client = trial.client('alice')
    const { result, rerender } = renderHook(() => useLiveRecord(tasks, 't1', { select: ['labels'] }), {
      wrapper: providerOf(client),
    })
    await waitFor(() => expect(result.current).toMatchObject({ status: 'ready', freshness: 'live' }))
    const before = result.current
    rerender()
    expect(result.current).toBe(before)
    expect([before, before.data, before.data?.labels].every(Object.isFrozen)).toBe(true)
  })
})
