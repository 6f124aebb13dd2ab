import { act, renderHook, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { tasks } from './testing/trialSchema.js'
import { useLiveRecord } from './useLiveRecord.js'
import { useLiveText } from './useLiveText.js'
import { useUndo } from './useUndo.js'

let trial: Trial
afterEach(() => trial.stop())

/** The record t1, its notes, and what can be undone, on the screen of a person. */
function open(who: string) {
  const { result } = renderHook(
    () => ({
      ...useLiveRecord(tasks, 't1'),
      notes: useLiveText(tasks, 't1', 'notes').text,
      history: useUndo(),
    }),
    { wrapper: providerOf(trial.client(who)) },
  )
  const isOpen = () =>
    waitFor(() => expect([result.current.status, result.current.notes]).toEqual(['ready', expect.anything()]))
  return { screen: result, isOpen }
}

describe.each(topologies)('useUndo at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
    await trial.server.insert(tasks, { id: 't1', title: 'one', notes: 'start' })
    await trial.server.insert(tasks, { id: 't2', title: 'two' })
  })

  it('[R-UNDO-1] takes back what the user did here, and nothing that others did', async () => {
    const [alice, bob] = [open('alice'), open('bob')]
    await alice.isOpen()
    await bob.isOpen()
    act(() => void alice.screen.current.update({ title: 'uno', votes: { increment: 1 } }))
    act(() => alice.screen.current.notes?.insert(5, ' mine'))
    await waitFor(() => expect(bob.screen.current.notes?.toString()).toBe('start mine'))
    act(() => void bob.screen.current.update({ rank: 7, votes: { increment: 1 } }))
    act(() => bob.screen.current.notes?.insert(0, 'theirs '))
    await waitFor(() => expect(alice.screen.current.data).toMatchObject({ rank: 7, votes: 2 }))
    await waitFor(() => expect(alice.screen.current.notes?.toString()).toBe('theirs start mine'))

    act(() => alice.screen.current.history.undo())
    expect(alice.screen.current.notes?.toString()).toBe('theirs start')
    act(() => alice.screen.current.history.undo())
    expect(alice.screen.current.data).toMatchObject({ title: 'one', rank: 7, votes: 1 })
    expect(alice.screen.current.history).toMatchObject({ canUndo: false, canRedo: true })
    await waitFor(() => expect(bob.screen.current.data).toMatchObject({ title: 'one', rank: 7, votes: 1 }))
    expect(bob.screen.current.notes?.toString()).toBe('theirs start')

    act(() => alice.screen.current.history.redo())
    act(() => alice.screen.current.history.redo())
    expect(alice.screen.current.history).toMatchObject({ canUndo: true, canRedo: false })
    await waitFor(() => expect(bob.screen.current.notes?.toString()).toBe('theirs start mine'))
    await waitFor(() => expect(bob.screen.current.data).toMatchObject({ title: 'uno', rank: 7, votes: 2 }))
  })

  it('[R-UNDO-2] of a record takes back only what was done there', async () => {
    const client = trial.client('alice')
    const { result } = renderHook(
      () => ({
        one: useLiveRecord(tasks, 't1'),
        two: useLiveRecord(tasks, 't2'),
        ofOne: useUndo(tasks.record('t1')),
        ofAll: useUndo(),
      }),
      { wrapper: providerOf(client) },
    )
    await waitFor(() => expect([result.current.one.status, result.current.two.status]).toEqual(['ready', 'ready']))
    act(() => void result.current.one.update({ title: 'uno' }))
    act(() => void result.current.two.update({ title: 'due' }))
    act(() => result.current.ofOne.undo())
    expect([result.current.one.data?.title, result.current.two.data?.title]).toEqual(['one', 'due'])
    expect(result.current.ofOne).toMatchObject({ canUndo: false, canRedo: true })
    act(() => result.current.ofAll.undo())
    expect([result.current.one.data?.title, result.current.two.data?.title]).toEqual(['one', 'two'])
    act(() => void result.current.two.update({ title: 'deux' }))
    expect(result.current.ofAll).toMatchObject({ canUndo: true, canRedo: false })
    act(() => result.current.ofOne.redo())
    expect(result.current.one.data?.title).toBe('uno')
  })

  it('[R-UNDO-3] repaints when what can be done changed, and only then', async () => {
    const client = trial.client('alice')
    const wrapper = providerOf(client)
    const task = renderHook(() => useLiveRecord(tasks, 't1'), { wrapper })
    let renders = 0
    const { result, rerender } = renderHook(
      () => {
        renders += 1
        return useUndo(tasks.record('t1'))
      },
      { wrapper },
    )
    await waitFor(() => expect(task.result.current).toMatchObject({ status: 'ready', freshness: 'live' }))
    const [before, count] = [result.current, renders]
    rerender()
    expect(result.current).toBe(before)
    expect(Object.isFrozen(before)).toBe(true)
    for (const title of ['a', 'b', 'c']) act(() => void task.result.current.update({ title }))
    // One render for `rerender` and one for `canUndo`, each made twice by StrictMode.
    expect(renders - count).toBe(4)
    expect([result.current.undo, result.current.redo]).toEqual([before.undo, before.redo])
    await act(() => client.settled())
    await act(() => trial.server.update(tasks, 't1', { title: 'theirs' }))
    await waitFor(() => expect(result.current.canUndo).toBe(false))
    expect(renders - count).toBe(6)
  })

  it('[R-UNDO-4] starts as the server rendered it: with nothing to undo', async () => {
    const client = trial.client('alice')
    const wrapper = providerOf(client)
    const Provider = wrapper
    function Buttons() {
      const { canUndo, canRedo } = useUndo()
      return <p>{String([canUndo, canRedo])}</p>
    }
    const app = (
      <Provider>
        <Buttons />
      </Provider>
    )
    const html = renderToString(app)
    expect(html).toBe('<p>false,false</p>')

    const { result } = renderHook(() => [useUndo(), useLiveRecord(tasks, 't1')] as const, { wrapper })
    await waitFor(() => expect(result.current[1].status).toBe('ready'))
    act(() => void result.current[1].update({ title: 'uno' }))
    const page = document.body.appendChild(document.createElement('div'))
    page.innerHTML = html
    const errors: unknown[] = []
    const root = await act(async () => hydrateRoot(page, app, { onRecoverableError: error => errors.push(error) }))
    expect([page.innerHTML, errors]).toEqual(['<p>true,false</p>', []])
    act(() => root.unmount())
  })
})
