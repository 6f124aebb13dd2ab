import { collection, defineSchema, type LiveView, type Resume, type RowWrite, schemaModelOf } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memory } from '../store/memory/MemoryStore.js'
import type { Reads, Store } from '../store/Store.js'
import { testNode } from '../testing/testNode.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { title: z.string() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const list = (title: string) =>
  ({ kind: 'list', collection: 'tasks', where: { title }, orderBy: [], limit: null }) as const

// At one node: each bounds what it reads itself.
describe('a crowd', () => {
  it('[S-STORM-2] [L3] is told to come later when enough wait, and those who wait are served', async () => {
    const store = await memory().open(schemaModelOf(schema))
    const read = store.read.bind(store)
    let release = (): void => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    const isCatchUp = (reads: Reads) => Object.keys(reads).some(name => name.endsWith('.list'))
    store.read = (async (workspace: string, reads: Reads) => {
      if (isCatchUp(reads)) await released
      return read(workspace, reads)
    }) as Store['read']
    const node = await testNode({ schema, store, limits: { catchUpReads: 1, waitingCatchUps: 2 } })
    const crowd = ['ann', 'ben', 'cleo'].map(userId => new WireClient(node, userId))
    for (const [n, client] of crowd.entries()) {
      await client.hello()
      client.subscribe(1, list(`${n}`))
    }
    const late = new WireClient(node, 'dora')
    await expect(late.hello()).rejects.toThrow('BUSY')
    expect(late.heard).toMatchObject([{ type: 'busy' }, { type: 'goodbye', code: 'BUSY' }])
    release()
    for (const client of crowd) await client.hears('caughtUp')
    await new WireClient(node, 'dora').hello()
  })
  it('[S-STORM-3] [L3] is asked for together, and told to come later when enough wait', async () => {
    const store = await memory().open(schemaModelOf(schema))
    const standings = store.standings.bind(store)
    const held: (() => void)[] = []
    store.standings = async asked => {
      await new Promise<void>(release => held.push(release))
      return standings(asked)
    }
    const node = await testNode({ schema, store, limits: { waitingCatchUps: 2 } })
    const crowd = ['ann', 'ben', 'cleo'].map(userId => new WireClient(node, userId))
    const welcomes = Promise.all(crowd.map(client => client.hello()))
    await expect(new WireClient(node, 'dora').hello()).rejects.toThrow('BUSY')
    let reads = 0
    const release = async (): Promise<void> => {
      for (await nextTurn(); held.length > 0; await nextTurn()) {
        reads++
        expect(held).toHaveLength(1)
        held.shift()?.()
      }
    }
    await Promise.all([welcomes, release()])
    // For Ann the head, for the others the head; then for each what is known of it, for the others together again.
    expect(reads).toBe(4)
  })

  it('[S-STORM-1] [L3] has what it lacks planned once for all who lack the same', async () => {
    const store = await memory().open(schemaModelOf(schema))
    const read = store.read.bind(store)
    let uses = 0
    store.read = (async (workspace: string, reads: Reads) => {
      const { '0.list': rows, ...result } = (await read(workspace, reads)) as { '0.list'?: unknown }
      const get = (): unknown => {
        uses++
        return rows
      }
      return rows === undefined ? result : Object.defineProperty(result, '0.list', { get, enumerable: true })
    }) as Store['read']
    const node = await testNode({ schema, store })
    const insert = { op: 'insert', collection: 'tasks', values: { title: 'a' } } as const
    for (const id of ['t1', 't2']) await node.ask('acme', { kind: 'write', write: { ...insert, id } })
    const usesOf = async (userId: string, limit: number | null, subId = 1) => {
      const before = uses
      const client = new WireClient(node, userId)
      await client.hello()
      client.subscribe(subId, { ...list('a'), limit })
      const { items } = await client.hears('snapshot')
      await client.hears('caughtUp')
      return { items: items.length, uses: uses - before }
    }
    // Once more to weigh it.
    expect(await usesOf('ann', null)).toEqual({ items: 2, uses: 2 })
    expect(await usesOf('ben', null, 7)).toEqual({ items: 2, uses: 0 })
    expect(await usesOf('cleo', 1)).toEqual({ items: 1, uses: 2 })
    expect(await usesOf('dora', 1)).toEqual({ items: 1, uses: 0 })
  })

  it('[S-STORM-1] [G9] with windows of their own is told each what it lacks itself', async () => {
    const node = await testNode({ schema })
    const put = (op: 'insert' | 'update', id: string, title: string) => {
      const values = op === 'insert' ? { values: { title } } : { patch: { title } }
      return node.ask('acme', { kind: 'write', write: { op, collection: 'tasks', id, ...values } as RowWrite })
    }
    await put('insert', 't1', 'a')
    await put('insert', 't2', 'b')
    const first = { kind: 'list', collection: 'tasks', where: {}, orderBy: ['title'], limit: 1 } as const
    const comes = async (userId: string, resume: Resume | null) => {
      const client = new WireClient(node, userId)
      await client.hello()
      client.subscribe(1, first, resume)
      const { seq, subscriptions } = await client.hears('caughtUp')
      const items = client.heard.flatMap(message => (message.type === 'snapshot' ? message.items : []))
      return { ids: items.map(item => 'id' in item && item.id), cursor: seq, ...(subscriptions[0] as LiveView) }
    }
    const { cursor, viewHash, bound } = await comes('ann', null)
    await put('update', 't2', 'c')
    const wide = { cursor, viewHash, bound: null, count: 2, held: null }
    expect((await comes('ben', wide)).ids).toEqual(['t2'])
    expect((await comes('cleo', { ...wide, bound, count: 1 })).ids).toEqual([])
  })
})

const nextTurn = () => new Promise(resolve => setImmediate(resolve))
