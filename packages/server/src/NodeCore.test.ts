import { collection, defineSchema } from '@tidemark/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { testNode } from './testing/testNode.js'

const schema = defineSchema({ version: 1, collections: [collection('tasks', { title: z.string() })] })

it('[G15] a node that is stopped commits what it was asked for before, and then ends', async () => {
  const node = await testNode({ schema })
  const write = { op: 'insert', collection: 'tasks', id: 't', values: { title: 'one' } } as const
  const asked = node.ask('acme', { kind: 'write', write })
  await node.stop()
  expect(await asked).toMatchObject({ status: 'accepted' })
})
