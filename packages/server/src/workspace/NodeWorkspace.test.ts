import { collection, command, counter, decided, defineSchema } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createNode } from '../createNode.js'
import { noLog } from '../log/Log.js'
import { memory } from '../store/memory/MemoryStore.js'
import { startNodes } from '../testing/startNodes.js'
import { topologies } from '../testing/topologies.js'

const tasks = collection('tasks', {
  title: z.string(),
  isDone: z.boolean().default(false),
  votes: counter(),
  owner: decided(z.string().nullable().default(null)),
})
const schema = defineSchema({ version: 1, collections: [tasks] })
const claim = command('tasks.claim', {
  input: z.object({ id: z.string() }),
  rejections: { TAKEN: z.object({ by: z.string() }) },
  run(tx, { id }, { userId, reject }) {
    const row = tx.get(tasks, id)
    if (!row) return reject('NOT_FOUND')
    if (row.owner !== null) return reject('TAKEN', { by: row.owner })
    tx.update(tasks, id, { owner: userId })
    return { at: id }
  },
})

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe.each(topologies)('server code at $topology', ({ nodeCount }) => {
  /** Gives the workspace at one node after the other. */
  async function started() {
    const nodes = await startNodes(nodeCount, shared =>
      createNode({
        schema,
        commands: [claim],
        store: memory(),
        log: noLog,
        authenticate: () => ({ userId: 'alice' }),
        access: { workspace: () => 'write' },
        ...shared,
      }),
    )
    ends.push(() => nodes.stop())
    return () => nodes.workspace('acme')
  }

  it('[S-CLUSTER-2, G1] reads what it has written, wherever it asks next, and is thrown what is refused', async () => {
    const acme = await started()
    const id = await acme().insert(tasks, { title: 'one', owner: 'alice' })
    await acme().update(tasks, id, { votes: { increment: 2 } })
    expect(await acme().get(tasks, id)).toMatchObject({ title: 'one', votes: 2, owner: 'alice' })
    await acme().upsert(tasks, 'two', { title: 'two' })
    expect((await acme().list(tasks, { orderBy: 'title' })).map(({ title }) => title)).toEqual(['one', 'two'])
    await acme().remove(tasks, id)
    expect(await acme().get(tasks, id)).toBeUndefined()
    await expect(acme().update(tasks, id, { title: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(acme().insert(tasks, { id: 'two', title: 'x' })).rejects.toMatchObject({ code: 'EXISTS' })
  })

  it('[S-CLUSTER-9, G12] has each of many transactions count whole, on what is really there', async () => {
    const acme = await started()
    const id = await acme().insert(tasks, { title: 'one' })
    const voting = Array.from({ length: 12 }, () =>
      acme().batch(tx => {
        const votes = tx.get(tasks, id)?.votes
        tx.insert(tasks, { id: `after ${votes}`, title: 'vote' })
        tx.update(tasks, id, { votes: { increment: 1 } })
      }),
    )
    await Promise.all(voting)
    expect(await acme().get(tasks, id)).toMatchObject({ votes: 12 })
    const half = acme().batch(tx => {
      tx.insert(tasks, { title: 'half' })
      tx.update(tasks, 'nowhere', { title: 'x' })
    })
    await expect(half).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await acme().list(tasks, { where: { title: 'half' } })).toEqual([])
  })

  it('[S-CLUSTER-2, G12] runs commands for users, of whom one gets what there is once', async () => {
    const acme = await started()
    const id = await acme().insert(tasks, { title: 'one' })
    const users = ['alice', 'bob', 'carol', 'dan']
    const outcomes = await Promise.all(users.map(userId => acme().run(claim, { id }, { userId })))
    const { owner } = (await acme().get(tasks, id)) ?? {}
    expect(outcomes).toMatchObject(
      users.map(userId =>
        userId === owner
          ? { status: 'accepted', result: { at: id } }
          : { status: 'rejected', code: 'TAKEN', details: { by: owner } },
      ),
    )
  })

  it('[S-CLUSTER-7, G7] has a listener that is at all nodes told each change once, in order', async () => {
    const acme = await started()
    const told: string[] = []
    const open = tasks.list({ where: { isDone: false } })
    for (let node = 0; node < nodeCount; node++) {
      const stop = acme().onChange(open, { name: 'mail' }, change => {
        if (change.kind !== 'gap') told.push(`${change.kind} ${change.id}`)
      })
      ends.push(stop)
    }
    // From when on it is told is the first thing that it is told.
    let early = 0
    for (; told.length === 0; early++) await acme().insert(tasks, { id: `early ${early}`, title: 'x' })
    await acme().insert(tasks, { id: 'one', title: 'x' })
    await acme().update(tasks, 'one', { isDone: true })
    await acme().update(tasks, 'one', { isDone: false })
    await acme().remove(tasks, 'one')
    await acme().insert(tasks, { id: 'end', title: 'x' })
    while (!told.includes('insert end')) await new Promise(resolve => setImmediate(resolve))
    const first = early - told.filter(change => change.startsWith('insert early')).length
    expect(told).toEqual([
      ...Array.from({ length: early - first }, (_, n) => `insert early ${first + n}`),
      'insert one',
      'leave one',
      'enter one',
      'remove one',
      'insert end',
    ])
  })
})
