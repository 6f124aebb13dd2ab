import { act, renderHook, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { pages, tasks } from './testing/trialSchema.js'
import { useLiveDoc } from './useLiveDoc.js'
import { useLiveText } from './useLiveText.js'

let trial: Trial
afterEach(() => trial.stop())

describe.each(topologies)('useLiveText at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-TEXT-1] gives the same text to two people', async () => {
    await trial.server.insert(tasks, { id: 't1', title: 'one', notes: 'start' })
    const open = (who: string) =>
      renderHook(() => useLiveText(tasks, 't1', 'notes'), { wrapper: providerOf(trial.client(who)) })
    const [alice, bob] = [open('alice'), open('bob')]
    await waitFor(() => {
      expect(alice.result.current.text?.toString()).toBe('start')
      expect(bob.result.current.text?.toString()).toBe('start')
    })
    const { text } = alice.result.current
    act(() => text?.insert(5, ' here'))
    await waitFor(() => expect(bob.result.current.text?.toString()).toBe('start here'))
    expect(alice.result.current.text).toBe(text)
  })

  it('[R-TEXT-1] gives a fragment for rich text', async () => {
    await trial.server.insert(tasks, { id: 't1', title: 'one' })
    const { result } = renderHook(() => useLiveText(tasks, 't1', 'story'), {
      wrapper: providerOf(trial.client('alice')),
    })
    await waitFor(() => expect(result.current.fragment?.length).toBe(0))
  })

  it('[R-IDLE-1] opens nothing with null', () => {
    const { result } = renderHook(() => [useLiveText(tasks, null, 'notes'), useLiveDoc(pages, null)] as const, {
      wrapper: providerOf(trial.client('alice')),
    })
    expect(result.current[0]).toMatchObject({ status: 'idle', text: undefined })
    expect(result.current[1]).toMatchObject({ status: 'idle', doc: undefined })
  })
})

describe.each(topologies)('useLiveDoc at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-DOC-1] gives one document of any content to two people', async () => {
    const open = (who: string) =>
      renderHook(() => useLiveDoc(pages, 'home'), { wrapper: providerOf(trial.client(who)) })
    const [alice, bob] = [open('alice'), open('bob')]
    await waitFor(() => {
      expect(alice.result.current.doc).toBeDefined()
      expect(bob.result.current.doc).toBeDefined()
    })
    act(() => void alice.result.current.doc?.getMap('shapes').set('a', 1))
    await waitFor(() => expect(bob.result.current.doc?.getMap('shapes').get('a')).toBe(1))
  })
})
