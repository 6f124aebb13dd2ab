import { act, render, renderHook, screen, waitFor } from '@testing-library/react'
import type { Client, Snapshot } from '@tidemark/client'
import { topologies } from '@tidemark/server/testing'
import { type ReactNode, StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { TidemarkProvider, useClient, useLiveList, useLiveRecord, useSyncStatus } from '../index.js'
import { providerOf, Trial } from '../testing/Trial.js'
import { tasks } from '../testing/trialSchema.js'

let trial: Trial
afterEach(() => trial.stop())

const endOfTask = () => new Promise(resolve => setTimeout(resolve))

describe.each(topologies)('the provider at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-PROVIDER-1] connects on mount and releases on unmount', async () => {
    const client = trial.client('alice')
    expect(client.status.getSnapshot().connection).not.toBe('online')
    const { unmount } = render(<TidemarkProvider client={client} />)
    await waitFor(() => expect(client.status.getSnapshot().connection).toBe('online'))
    unmount()
    await waitFor(() => expect(client.status.getSnapshot().connection).toBe('offline'))
  })

  it('[R-PROVIDER-1] keeps the connection under StrictMode, and for another provider of the same client', async () => {
    const client = trial.client('alice')
    const [connect, disconnect] = [vi.spyOn(client, 'connect'), vi.spyOn(client, 'disconnect')]
    const first = render(<TidemarkProvider client={client} />)
    const second = render(<TidemarkProvider client={client} />)
    first.unmount()
    await endOfTask()
    expect(connect).toHaveBeenCalledTimes(1)
    expect(disconnect).not.toHaveBeenCalled()
    second.unmount()
    await endOfTask()
    expect(disconnect).toHaveBeenCalledTimes(1)
  })

  it('[R-PROVIDER-2] is asked for where it is missing', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => renderHook(() => useClient())).toThrow(/TidemarkProvider/)
    vi.restoreAllMocks()
  })
})

describe.each(topologies)('rendering on the server at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  function Titles() {
    const { status, data, freshness } = useLiveList(tasks, { orderBy: 'rank' })
    const record = useLiveRecord(tasks, 't1')
    return (
      <p>
        {status} {freshness} {record.status} {data.map(row => row.title).join(', ')}
      </p>
    )
  }
  const app = (client: Client, snapshot?: Snapshot) => (
    <StrictMode>
      <TidemarkProvider client={client} {...(snapshot && { snapshot })}>
        <Titles />
      </TidemarkProvider>
    </StrictMode>
  )

  /** The page of the server, and what becomes of it in the browser. */
  async function open(html: string, inBrowser: ReactNode) {
    const container = document.body.appendChild(document.createElement('div'))
    container.innerHTML = html
    const mismatches: unknown[] = []
    const shown: (string | null)[] = [container.textContent]
    const look = new MutationObserver(() => shown.push(container.textContent))
    look.observe(container, { childList: true, characterData: true, subtree: true })
    const root = await act(() =>
      hydrateRoot(container, inBrowser, { onRecoverableError: error => mismatches.push(error) }),
    )
    onTestFinished(() => {
      look.disconnect()
      act(() => root.unmount())
      container.remove()
    })
    return { container, mismatches, shown }
  }

  beforeEach(() => trial.server.insert(tasks, { id: 't1', title: 'one' }))

  it('[R-SERVER-1] shows what loads, without a connection, and the browser starts from the same', async () => {
    const onServer = trial.client('alice')
    const connect = vi.spyOn(onServer, 'connect')
    const html = renderToString(app(onServer))
    expect(html).toContain('loading')
    expect(connect).not.toHaveBeenCalled()
    const { container, mismatches } = await open(html, app(trial.client('alice')))
    await waitFor(() => expect(container.textContent).toBe('complete live ready one'))
    expect(mismatches).toEqual([])
  })

  it('[R-SERVER-2] paints a snapshot on the server and as the first render, until the live feed takes over', async () => {
    const snapshot = await trial.snapshot('alice', [tasks.list({ orderBy: 'rank' }), tasks.record('t1')])
    const html = renderToString(app(trial.client('alice'), snapshot))
    expect(html).toContain('server-render')
    expect(html).toContain('one')
    await trial.server.update(tasks, 't1', { title: 'uno' })
    const { container, mismatches, shown } = await open(
      html,
      app(trial.client('alice'), JSON.parse(JSON.stringify(snapshot))),
    )
    await waitFor(() => expect(container.textContent).toBe('complete live ready uno'))
    expect(mismatches).toEqual([])
    // Something to read at each moment: the page never goes back to loading.
    expect(shown.filter(text => !/(one|uno)$/.test(text ?? ''))).toEqual([])
  })
})

describe.each(topologies)('two people at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
  })

  it('[R-STATUS-1] see what the other does, and how they are connected', async () => {
    function App() {
      const { connection, pending } = useSyncStatus()
      const { data } = useLiveList(tasks, {})
      return <p>{`${connection} ${pending} ${data.map(row => row.title).join()}`}</p>
    }
    const [alice, bob] = [trial.client('alice'), trial.client('bob')]
    render(<App />, { wrapper: providerOf(alice) })
    await screen.findByText(/^online 0/)
    const onBobsScreen = renderHook(() => useLiveList(tasks, {}), { wrapper: providerOf(bob) })
    await waitFor(() => expect(onBobsScreen.result.current.status).toBe('complete'))
    act(() => void bob.insert(tasks, { title: 'from bob' }))
    await screen.findByText('online 0 from bob')
    act(() => alice.disconnect())
    await screen.findByText('offline 0 from bob')
    act(() => void alice.insert(tasks, { id: 'z', title: 'from alice' }))
    await screen.findByText(/^offline 1 /)
    expect(onBobsScreen.result.current.data).toHaveLength(1)
    act(() => alice.connect())
    await screen.findByText(/^online 0 /)
    await waitFor(() => expect(onBobsScreen.result.current.data).toHaveLength(2))
  })
})
