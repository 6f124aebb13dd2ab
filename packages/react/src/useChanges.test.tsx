import { act, renderHook, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { tasks } from './testing/trialSchema.js'
import { useChanges } from './useChanges.js'
import { useSyncStatus } from './useSyncStatus.js'

let trial: Trial
afterEach(() => trial.stop())

describe.each(topologies)('useChanges at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-CHANGES-1] tells each change once, to the newest listener, however often it renders', async () => {
    const told: string[] = []
    const { rerender, result } = renderHook(
      ({ as }) => {
        useChanges(tasks.list({ where: { status: 'todo' } }), change => {
          if (change.kind !== 'gap') told.push(`${as} ${change.kind} ${change.id}`)
        })
        return useSyncStatus()
      },
      { wrapper: providerOf(trial.client('alice')), initialProps: { as: 'first' } },
    )
    await waitFor(() => expect(result.current.caughtUpAt).not.toBeNull())
    await act(() => trial.server.insert(tasks, { id: 't1', title: 'one' }))
    await waitFor(() => expect(told).toHaveLength(1))
    rerender({ as: 'second' })
    rerender({ as: 'third' })
    await act(() => trial.server.update(tasks, 't1', { title: 'uno' }))
    await act(() => trial.server.update(tasks, 't1', { status: 'done' }))
    await waitFor(() => expect(told).toEqual(['first insert t1', 'third update t1', 'third leave t1']))
  })
})
