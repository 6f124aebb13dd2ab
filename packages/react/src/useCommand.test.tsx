import { act, renderHook, waitFor } from '@testing-library/react'
import { topologies } from '@tidemark/server/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerOf, Trial } from './testing/Trial.js'
import { buyTicket, tasks, tickets } from './testing/trialSchema.js'
import { useCommand } from './useCommand.js'
import { useLiveRecord } from './useLiveRecord.js'
import { useOutbox } from './useOutbox.js'
import { useRejections } from './useRejections.js'

let trial: Trial
afterEach(() => trial.stop())

describe.each(topologies)('useCommand at $topology', ({ nodeCount }) => {
  beforeEach(async () => {
    trial = await Trial.start(nodeCount)
    await trial.server.insert(tickets, { id: 'last' })
  })

  it('[R-COMMAND-1] tells what waits and what came of the last run', async () => {
    const { result } = renderHook(() => ({ buy: useCommand(buyTicket), ticket: useLiveRecord(tickets, 'last') }), {
      wrapper: providerOf(trial.client('alice')),
    })
    await waitFor(() => expect(result.current.ticket.status).toBe('ready'))
    const [run, before] = result.current.buy
    expect(before).toEqual({ pending: false, last: null })
    act(() => void run({ ticket: 'last' }))
    expect(result.current.buy[1].pending).toBe(true)
    expect(result.current.ticket.data?.owner).toBe('alice')
    await waitFor(() => expect(result.current.buy[1].pending).toBe(false))
    expect(result.current.buy[1].last).toMatchObject({ status: 'accepted', result: { price: 40 } })
    expect(result.current.buy[0]).toBe(run)
  })

  it('[R-INBOX-1] brings what was refused into the inbox, typed and by its source', async () => {
    await trial.server.run(buyTicket, { ticket: 'last' }, { userId: 'alice' })
    const client = trial.client('bob')
    const { result } = renderHook(
      () => ({
        buy: useCommand(buyTicket),
        all: useRejections(),
        sales: useRejections([buyTicket]),
        writes: useRejections([tasks]),
      }),
      { wrapper: providerOf(client) },
    )
    act(() => void result.current.buy[0]({ ticket: 'last' }))
    await waitFor(() => expect(result.current.sales.items).toHaveLength(1))
    const [sale] = result.current.sales.items
    expect(sale).toMatchObject({
      kind: 'command',
      code: 'SOLD',
      details: { owner: 'alice' },
      input: { ticket: 'last' },
    })
    const salesBefore = result.current.sales
    act(() => void client.insert(tasks, { id: 't1', title: 'me!' }))
    await waitFor(() => expect(result.current.writes.items).toHaveLength(1))
    expect(result.current.writes.items[0]).toMatchObject({ collection: 'tasks', op: 'insert', row: { title: 'me!' } })
    expect(result.current.all.items).toHaveLength(2)
    expect(result.current.sales).toBe(salesBefore)
    act(() => result.current.sales.acknowledge(sale?.writeId ?? ''))
    await waitFor(() => expect(result.current.all.items).toHaveLength(1))
    expect(result.current.sales.items).toHaveLength(0)
  })

  it('[R-OUTBOX-1] shows what is not answered, and since when', async () => {
    const client = trial.client('alice')
    const { result } = renderHook(() => useOutbox(), { wrapper: providerOf(client) })
    expect(result.current).toEqual({ size: 0, items: [], oldestAt: null })
    act(() => client.disconnect())
    act(() => {
      client.insert(tasks, { title: 'one' })
      client.insert(tasks, { title: 'two' })
    })
    await waitFor(() => expect(result.current.size).toBe(2))
    expect(result.current.items.map(item => item.name)).toEqual(['tasks', 'tasks'])
    expect(result.current.oldestAt).toBe(result.current.items[0]?.queuedAt)
    act(() => client.connect())
    await waitFor(() => expect(result.current).toEqual({ size: 0, items: [], oldestAt: null }))
  })
})
