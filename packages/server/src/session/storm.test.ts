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
  it('[S-STORM-3] [L3] is let in by turns, and who goes while it waits is not waited for', async () => {
    const store = await memory().open(schemaModelOf(schema))
    const read = store.read.bind(store)
    const heads: (() => void)[] = []
    store.read = (async (workspace: string, reads: Reads) => {
      if (Object.keys(reads).length === 0) await new Promise<void>(resolve => heads.push(resolve))
      return read(workspace, reads)
    }) as Store['read']
    const node = await testNode({ schema, store, limits: { catchUpReads: 1, waitingCatchUps: 2 } })
    const [ann, ben, cleo, dora] = ['ann', 'ben', 'cleo', 'dora'].map(userId => new WireClient(node, userId)) as [
      WireClient,
      WireClient,
      WireClient,
      WireClient,
    ]
    const [annCame, , cleoCame] = [ann.hello(), ben.hello().catch(() => undefined), cleo.hello()]
    await expect(dora.hello()).rejects.toThrow('BUSY')
    ben.disconnect()
    heads.shift()?.()
    await annCame
    expect(heads).toHaveLength(1)
    heads.shift()?.()
    await cleoCame
    expect(heads).toHaveLength(0)
  })
})
