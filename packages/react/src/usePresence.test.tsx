import { act, render, renderHook, waitFor } from '@testing-library/react'
import type { Client } from '@tidemark/client'
import { topologies } from '@tidemark/server/testing'
import { useEffect } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { cursors, tasks } from './testing/trialSchema.js'
import { useOthers } from './useOthers.js'
import { usePresence } from './usePresence.js'

let trial: Trial
afterEach(() => trial.stop())

const place = cursors.at(tasks.record('t1'))
const start = { x: 1, y: 2, color: 'red' }

const show = (client: Client, initial?: typeof start) =>
  renderHook(() => usePresence(place, initial && { ...initial }), { wrapper: providerOf(client) })

/** What bob sees of the others at a place. */
function watch(at = place) {
  const { result } = renderHook(() => useOthers(at), { wrapper: providerOf(trial.client('bob')) })
  return { sees: (...states: object[]) => waitFor(() => expect(result.current.map(o => o.state)).toEqual(states)) }
}

const endOfTask = () => act(() => new Promise(resolve => setTimeout(resolve)))

describe.each(topologies)('usePresence at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
    await trial.server.upsert(tasks, 't1', { title: 'a' })
  })

  it('[R-PRES-1] shows a state to others until its component goes', async () => {
    const bob = watch()
    const alice = show(trial.client('alice'), start)
    expect(alice.result.current.me).toEqual(start)
    await bob.sees(start)
    alice.unmount()
    await bob.sees()
  })

  it('[R-PRES-1] shows it once under StrictMode, and keeps it for another component at the same place', async () => {
    const client = trial.client('alice')
    const room = client.presence(place)
    const [set, leave] = [vi.spyOn(room, 'set'), vi.spyOn(room, 'leave')]
    const first = show(client, start)
    const second = show(client, { ...start, x: 9 })
    expect(second.result.current).toBe(first.result.current)
    expect(set).toHaveBeenCalledTimes(1)
    first.unmount()
    await endOfTask()
    expect(leave).not.toHaveBeenCalled()
    second.unmount()
    await endOfTask()
    expect(leave).toHaveBeenCalledTimes(1)
  })

  it('[R-PRES-1] moves to the place of the newest render', async () => {
    const elsewhere = cursors.at('room1')
    const [here, there] = [watch(), watch(elsewhere)]
    const { rerender, result } = renderHook(({ at }) => usePresence(at, start), {
      wrapper: providerOf(trial.client('alice')),
      initialProps: { at: place },
    })
    await here.sees(start)
    rerender({ at: elsewhere })
    await there.sees(start)
    await here.sees()
    expect(result.current.me).toEqual(start)
  })

  it('[R-PRES-1] does not keep what a listener sets after its component has gone', async () => {
    const client = trial.client('alice')
    const leave = vi.spyOn(client.presence(place), 'leave')
    const { result, unmount } = show(client)
    unmount()
    await endOfTask()
    result.current.set(start)
    expect(leave).not.toHaveBeenCalled()
    await endOfTask()
    expect(leave).toHaveBeenCalledTimes(1)
    expect(show(client).result.current.me).toBeUndefined()
  })

  it('[R-PRES-2] merges into what is shown, with the same functions in each render', async () => {
    const bob = watch()
    const { result, rerender } = show(trial.client('alice'), start)
    const before = result.current
    rerender()
    expect(result.current).toBe(before)
    act(() => before.set({ x: 5 }))
    expect(result.current.me).toEqual({ ...start, x: 5 })
    expect(result.current.set).toBe(before.set)
    expect(Object.isFrozen(result.current.me)).toBe(true)
    await bob.sees({ ...start, x: 5 })
  })

  it('[R-PRES-2] throws what is no state at the call', async () => {
    const bob = watch()
    const { result } = show(trial.client('alice'))
    expect(() => result.current.set({ x: 1 })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    expect(result.current.me).toBeUndefined()
    act(() => result.current.set(start))
    expect(() => result.current.set({ color: 3 as never })).toThrow(expect.objectContaining({ code: 'INVALID' }))
    expect(result.current.me).toEqual(start)
    await bob.sees(start)
  })

  it('[R-PRES-3] shows nothing after leave, until the next set', async () => {
    const bob = watch()
    const { result } = show(trial.client('alice'), start)
    await bob.sees(start)
    act(() => result.current.leave())
    expect(result.current.me).toBeUndefined()
    await bob.sees()
    act(() => result.current.set({ ...start, color: 'blue' }))
    await bob.sees({ ...start, color: 'blue' })
  })

  it('[R-PRES-1] is told again when the client is back', async () => {
    const client = trial.client('alice')
    const bob = watch()
    show(client, start)
    await bob.sees(start)
    act(() => client.disconnect())
    await bob.sees()
    act(() => client.connect())
    await bob.sees(start)
  })

  it('[R-PRES-1] takes what a child shows before its parent has sat down', async () => {
    const bob = watch()
    function Child({ set }: { readonly set: (state: typeof start) => void }) {
      useEffect(() => set(start), [set])
      return null
    }
    function Parent() {
      return <Child set={usePresence(place).set} />
    }
    render(<Parent />, { wrapper: providerOf(trial.client('alice')) })
    await endOfTask()
    await bob.sees(start)
  })
})
