import { collection, defineSchema } from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { ViewModel } from '../testing/ViewModel.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { rank: z.number(), open: z.boolean() })
const schema = defineSchema({ version: 1, collections: [tasks] })

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('insert' as const), rank: fc.nat(50), open: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('update' as const), at: fc.nat(30), rank: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), at: fc.nat(30), open: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), at: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('return' as const), shown: fc.option(fc.integer({ min: 1, max: 8 })) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const) }) },
)

describe.each(topologies)('a window at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[L3] [S-STORM-4] is counted by what is stored, not by what a client claims to hold', async () => {
    const place = await startPlace({ schema })
    const list = { kind: 'list', collection: 'tasks', where: {}, orderBy: ['rank'], limit: 5 } as const
    await write(place, 'acme', 'insert', 'one', { rank: 1, open: true })
    const honest = new WireClient(place, 'alice')
    await honest.hello('acme', place.schema.hash)
    honest.subscribe(1, list)
    const { seq, subscriptions } = await honest.hears('caughtUp')
    const viewHash = subscriptions[0]?.viewHash ?? ''
    const liar = new WireClient(place, 'bob')
    await liar.hello('acme', place.schema.hash)
    liar.subscribe(1, list, { cursor: seq, viewHash, bound: null, count: 1_000_000, held: null })
    expect(await liar.hears('caughtUp')).toMatchObject({ subscriptions: [{ subId: 1, bound: null }] })
  })

  it('[G14] equals the fresh query after any history, live and on return, though more, less or all of it is wanted then', async () => {
    const place = await startPlace({ schema })
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (steps, first) => {
        let shown: number | null = first
        const limitOf = () => (shown === null ? null : shown + Math.ceil(shown / 4))
        const workspace = `w${runs++}`
        const list = { kind: 'list', collection: 'tasks', where: { open: true }, orderBy: ['rank'] } as const
        const view = new ViewModel('tasks')
        let client: WireClient | null = null
        const connect = async () => {
          client = new WireClient(place, 'alice')
          await client.hello(workspace, place.schema.hash)
          client.subscribe(1, { ...list, limit: limitOf() }, view.resume())
          await view.catchUp(client)
        }
        await connect()
        const ids: string[] = []
        for (const action of steps) {
          const id = ids['at' in action ? action.at % Math.max(1, ids.length) : 0]
          if (action.do === 'insert') {
            const made = `t${ids.length}`
            ids.push(made)
            await write(place, workspace, 'insert', made, { rank: action.rank, open: action.open })
          } else if (action.do === 'leave') {
            if (client !== null) (client as WireClient).disconnect()
            client = null
          } else if (action.do === 'return') {
            if (client !== null) continue
            shown = action.shown
            await connect()
          } else if (id !== undefined) {
            if (action.do === 'remove') await write(place, workspace, 'remove', id, {})
            else
              await write(
                place,
                workspace,
                'update',
                id,
                action.do === 'close' ? { open: action.open } : { rank: action.rank },
              )
          }
        }
        if (client === null) await connect()
        await view.catchUp(client as unknown as WireClient)
        const { fresh } = await place.store.read(workspace, {
          fresh: {
            kind: 'list',
            collection: 'tasks',
            query: {
              where: { op: 'eq', field: 'open', value: true },
              orderBy: [
                { field: 'rank', descending: false },
                { field: 'id', descending: false },
              ],
              limit: shown,
            },
          },
        })
        const rows = view.rows((a, b) => (a.rank as number) - (b.rank as number) || (a.id < b.id ? -1 : 1))
        const visible = rows.slice(0, shown ?? undefined)
        expect(visible.map(row => row.id)).toEqual(fresh.map(({ id }) => id))
        expect(visible.map(row => row.rank)).toEqual(fresh.map(({ state }) => state.values.rank))
        const limit = limitOf()
        if (limit !== null) expect(rows.length).toBeLessThanOrEqual(limit + Math.ceil(limit / 5) + 1)
      }),
      { numRuns: 150 },
    )
  })
})

describe.each(topologies)('a window that is opened at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G14] is the whole list once no limit is given', async () => {
    const place = await startPlace({ schema })
    for (let rank = 0; rank < 20; rank++) await write(place, 'acme', 'insert', `t${rank}`, { rank, open: true })
    const list = { kind: 'list', collection: 'tasks', where: {}, orderBy: ['rank'] } as const
    const client = new WireClient(place, 'alice')
    await client.hello('acme', place.schema.hash)
    const view = new ViewModel('tasks')
    client.subscribe(1, { ...list, limit: 5 })
    await view.catchUp(client)
    client.say({ type: 'unsubscribe', subIds: [1] })
    client.subscribe(2, { ...list, limit: null }, view.resume())
    await view.catchUp(client)
    expect(view.rows((a, b) => (a.rank as number) - (b.rank as number)).map(row => row.rank)).toEqual([
      ...Array(20).keys(),
    ])
  })
})

async function write(
  place: TestPlace,
  workspace: string,
  op: 'insert' | 'update' | 'remove',
  id: string,
  content: object,
): Promise<void> {
  const base = { collection: 'tasks', id }
  const body = op === 'insert' ? { values: content } : op === 'update' ? { patch: content } : {}
  await place.ask(workspace, { kind: 'write', write: { op, ...base, ...body } as never })
}
