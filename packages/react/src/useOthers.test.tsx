import { act, renderHook, waitFor } from '@testing-library/react'
import type { Client } from '@tidemark/client'
import type { Other } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { TidemarkProvider } from './provider/TidemarkProvider.js'
import { providerOf, Trial } from './testing/Trial.js'
import { cursors } from './testing/trialSchema.js'
import { useOthers } from './useOthers.js'
import { usePresence } from './usePresence.js'

let trial: Trial
afterEach(() => trial.stop())

type Cursor = { x: number; y: number; color: string }
const start: Cursor = { x: 1, y: 2, color: 'red' }

/** Someone who shows a cursor. */
function show(who: string, initial = start, at = cursors) {
  const { result } = renderHook(() => usePresence(at, initial), { wrapper: providerOf(trial.client(who)) })
  return { set: (patch: Partial<Cursor>) => act(() => result.current.set(patch)) }
}

/** A component of its own that counts how often it was painted. */
function look<T>(client: Client, hook: () => T) {
  let renders = 0
  const { result } = renderHook(
    () => {
      renders += 1
      return hook()
    },
    { wrapper: providerOf(client) },
  )
  return {
    get current() {
      return result.current
    },
    get renders() {
      return renders
    },
  }
}

describe.each(topologies)('useOthers at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-PRES-4] tells everyone else, whoever came first, and never oneself', async () => {
    const client = trial.client('carol')
    const seen = look(client, () => useOthers(cursors))
    show('alice')
    show('bob', { ...start, x: 2 })
    await waitFor(() =>
      expect(seen.current.map(({ userId, state }) => [userId, state.x]).sort()).toEqual([
        ['alice', 1],
        ['bob', 2],
      ]),
    )
    const late = look(trial.client('dan'), () => [useOthers(cursors), usePresence(cursors, start)] as const)
    await waitFor(() => expect(late.current[0].map(({ userId }) => userId).sort()).toEqual(['alice', 'bob']))
    await waitFor(() => expect(seen.current).toHaveLength(3))
    expect(seen.current.every(other => Object.isFrozen(other) && Object.isFrozen(other.state))).toBe(true)
  })

  it('[R-PRES-4] tells of its own place only', async () => {
    const client = trial.client('bob')
    const rooms = ['a', 'b'].map(name => look(client, () => useOthers(cursors.at(name))))
    show('alice', start, cursors.at('b'))
    await waitFor(() => expect(rooms[1]?.current).toHaveLength(1))
    expect(rooms[0]?.current).toEqual([])
  })

  it('[R-PRES-4] shows nobody who went while nobody looked', async () => {
    const client = trial.client('bob')
    const alice = renderHook(() => usePresence(cursors, start), { wrapper: providerOf(trial.client('alice')) })
    const wrapper = providerOf(client)
    renderHook(() => null, { wrapper })
    const first = renderHook(() => useOthers(cursors), { wrapper })
    await waitFor(() => expect(first.result.current).toHaveLength(1))
    first.unmount()
    const inBetween = look(trial.client('dan'), () => useOthers(cursors))
    await waitFor(() => expect(inBetween.current).toHaveLength(1))
    alice.unmount()
    await waitFor(() => expect(inBetween.current).toEqual([]))
    show('carol')
    const second = renderHook(() => useOthers(cursors), { wrapper })
    await waitFor(() => expect(second.result.current.map(({ userId }) => userId)).toContain('carol'))
    expect(second.result.current.map(({ userId }) => userId)).toEqual(['carol'])
  })

  it('[R-PRES-5] repaints only for the fields that are selected', async () => {
    const alice = show('alice')
    const client = trial.client('bob')
    const whole = look(client, () => useOthers(cursors))
    const colors = look(client, () => useOthers(cursors, { select: ['color'] }))
    await waitFor(() => expect(colors.current.map(other => other.state)).toEqual([{ color: 'red' }]))
    const [before, renders] = [colors.current, colors.renders]
    alice.set({ x: 7 })
    await waitFor(() => expect(whole.current[0]?.state.x).toBe(7))
    expect(colors.current).toBe(before)
    expect(colors.renders).toBe(renders)
    alice.set({ color: 'blue' })
    await waitFor(() => expect(colors.current[0]?.state).toEqual({ color: 'blue' }))
  })

  it('[R-PRES-5] keeps the identity of whoever did not move', async () => {
    const [alice] = [show('alice'), show('bob', { ...start, color: 'blue' })]
    const seen = look(trial.client('carol'), () => useOthers(cursors))
    await waitFor(() => expect(seen.current).toHaveLength(2))
    const bob = seen.current.find(({ userId }) => userId === 'bob')
    alice.set({ x: 7 })
    await waitFor(() => expect(seen.current.map(({ state }) => state.x)).toContain(7))
    expect(seen.current.find(({ userId }) => userId === 'bob')).toBe(bob)
  })

  it('[R-PRES-6] tells of an area who is within it, and repaints for nobody else', async () => {
    const [alice, bob] = [show('alice'), show('bob', { ...start, x: 500 })]
    const client = trial.client('carol')
    const whole = look(client, () => useOthers(cursors))
    const near = look(client, () => useOthers(cursors, { where: { x: { gte: 0, lt: 100 } }, select: ['y'] }))
    await waitFor(() => expect(whole.current).toHaveLength(2))
    expect(near.current.map(({ userId, state }) => [userId, state])).toEqual([['alice', { y: 2 }]])
    const [before, renders] = [near.current, near.renders]
    bob.set({ x: 600, y: 3 })
    alice.set({ x: 50 })
    await waitFor(() => expect(whole.current.map(({ state }) => state.x).sort()).toEqual([50, 600]))
    expect(near.current).toBe(before)
    expect(near.renders).toBe(renders)
    bob.set({ x: 10 })
    await waitFor(() => expect(near.current).toHaveLength(2))
    expect(near.current.find(({ userId }) => userId === 'alice')).toBe(before[0])
    alice.set({ x: 100 })
    await waitFor(() => expect(near.current.map(({ userId }) => userId)).toEqual(['bob']))
  })

  it('[R-PRES-6] follows an area that moves: who stays within is on each paint, the same object', async () => {
    show('alice', { ...start, x: 50 })
    show('bob', { ...start, x: 150 })
    const paints: (readonly Other<Cursor>[])[] = []
    const { result, rerender } = renderHook(
      ({ from }) => {
        const others = useOthers(cursors, { where: { x: { gte: from, lt: from + 100 } } })
        paints.push(others)
        return others
      },
      { wrapper: providerOf(trial.client('carol')), initialProps: { from: 0 } },
    )
    await waitFor(() => expect(result.current.map(({ userId }) => userId)).toEqual(['alice']))
    const [alice] = result.current
    paints.length = 0
    for (let from = 10; from <= 50; from += 10) rerender({ from })
    rerender({ from: 51 })
    await waitFor(() => expect(result.current.map(({ userId }) => userId)).toEqual(['bob']))
    expect(paints.slice(0, 10).every(others => others.includes(alice as Other<Cursor>))).toBe(true)
  })

  it('[R-PRES-6] throws what is no condition', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => void vi.restoreAllMocks())
    const where = { x: { near: 4 } } as object
    expect(() => renderHook(() => useOthers(cursors, { where }), { wrapper: providerOf(trial.client('bob')) })).toThrow(
      expect.objectContaining({ code: 'INVALID' }),
    )
  })

  it('[R-PRES-7] shows nobody on the server, and starts from there in the browser', async () => {
    const alice = trial.client('alice')
    show('bob')
    function Count() {
      usePresence(cursors, start)
      return <p>{useOthers(cursors).length} others</p>
    }
    const app = (
      <StrictMode>
        <TidemarkProvider client={alice}>
          <Count />
        </TidemarkProvider>
      </StrictMode>
    )
    const set = vi.spyOn(alice.presence(cursors), 'set')
    const html = renderToString(app)
    expect(set).not.toHaveBeenCalled()
    // The client of this page knows bob already: another part of it was hydrated before.
    const early = look(alice, () => useOthers(cursors))
    await waitFor(() => expect(early.current).toHaveLength(1))
    const container = document.createElement('div')
    container.innerHTML = html
    const mismatches: unknown[] = []
    const root = await act(() => hydrateRoot(container, app, { onRecoverableError: error => mismatches.push(error) }))
    onTestFinished(() => act(() => root.unmount()))
    await waitFor(() => expect(container.textContent).toBe('1 others'))
    expect(mismatches).toEqual([])
  })
})
