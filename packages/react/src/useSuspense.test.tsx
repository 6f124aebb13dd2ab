import { act, render, screen, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { Suspense } from 'react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { tasks } from './testing/trialSchema.js'
import { useSuspenseLiveList } from './useSuspenseLiveList.js'
import { useSuspenseLiveRecord } from './useSuspenseLiveRecord.js'

let trial: Trial
afterEach(() => trial.stop())

function Title({ until }: { readonly until: 'local' | 'server' }) {
  const record = useSuspenseLiveRecord(tasks, 't1', { until, select: ['title'] })
  return <p>{record.status === 'ready' ? record.data.title : record.status}</p>
}

function Titles() {
  return <p>{useSuspenseLiveList(tasks, {}).data.map(row => row.title)}</p>
}

describe.each(topologies)('a suspending hook at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
    await trial.server.insert(tasks, { id: 't1', title: 'one' })
  })

  it('[R-SUSPENSE-1] shows the fallback until there is an answer', async () => {
    render(
      <Suspense fallback="waiting">
        <Title until="server" />
        <Titles />
      </Suspense>,
      { wrapper: providerOf(trial.client('alice')) },
    )
    expect(screen.getByText('waiting')).toBeDefined()
    await waitFor(() => expect(screen.getAllByText('one')).toHaveLength(2))
  })

  it('[R-SUSPENSE-2] never suspends again, whatever the network does', async () => {
    const client = trial.client('alice')
    let fallbacks = 0
    function Fallback() {
      fallbacks += 1
      return 'waiting'
    }
    render(
      <Suspense fallback={<Fallback />}>
        <Title until="server" />
      </Suspense>,
      { wrapper: providerOf(client) },
    )
    await screen.findByText('one')
    const before = fallbacks
    act(() => client.disconnect())
    await trial.server.update(tasks, 't1', { title: 'uno' })
    act(() => client.connect())
    await screen.findByText('uno')
    expect(fallbacks).toBe(before)
  })

  it('[R-SUSPENSE-3] lets nobody wait for a node that cannot be reached', async () => {
    const client = trial.client('alice')
    const Provider = providerOf(client)
    const { rerender } = render(<Provider />)
    await waitFor(() => expect(client.status.getSnapshot().connection).toBe('online'))
    act(() => client.disconnect())
    rerender(
      <Provider>
        <Suspense fallback="waiting">
          <Title until="server" />
        </Suspense>
      </Provider>,
    )
    await screen.findByText('unavailable')
  })
})
