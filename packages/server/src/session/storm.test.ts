import { collection, defineSchema, schemaModelOf } from '@tidemark/core'
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
  it('[S-STORM-3] [L3] is let in by turns, those of one workspace together', async () => {
    const store = await memory().open(schemaModelOf(schema))
    const read = store.read.bind(store)
    const held: { readonly reads: Reads; readonly release: () => void }[] = []
    store.read = (async (workspace: string, reads: Reads) => {
      if ('known' in reads) await new Promise<void>(release => held.push({ reads, release }))
      return read(workspace, reads)
    }) as Store['read']
    const node = await testNode({ schema, store, limits: { catchUpReads: 1, waitingCatchUps: 2 } })
    const crowd = ['ann', 'ben', 'cleo'].map(userId => new WireClient(node, userId))
    const welcomes = crowd.map(client => client.hello())
    await expect(new WireClient(node, 'dora').hello()).rejects.toThrow('BUSY')
    let reads = 0
    const release = async (): Promise<void> => {
      for (;;) {
        await nextTurn()
        const next = held.shift()
        if (next === undefined) return
        expect(held).toHaveLength(0)
        reads++
        next.release()
      }
    }
    await Promise.all([...welcomes, release()])
    // For Ann the head, for the others the head; then for each what is known of it, for the last two together.
    expect(reads).toBe(4)
  })
})

const nextTurn = () => new Promise(resolve => setImmediate(resolve))
