import {
  collection,
  decodeNodeFrame,
  defineSchema,
  encodeSnapshotPart,
  schemaModelOf,
  schemaTableOf,
} from '@tidemark/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { PlannedItems } from './PlannedItems.js'

const schema = defineSchema({ version: 1, collections: [collection('tasks', { title: z.string() })] })
const table = schemaTableOf(schemaModelOf(schema))
const head = { subId: 1, seq: 5, collection: 'tasks', isWhole: false }

it('[S-STORM-1] what is planned is told in parts of about 60 KB, each made once, in any order', () => {
  const values = { title: 'x'.repeat(1_000), $createdAt: 1, $createdBy: 'ann', $updatedAt: 1, $updatedBy: 'ann' }
  const items = Array.from({ length: 150 }, (_, n) => ({ kind: 'row', id: `t${n}`, values }) as const)
  const planned = new PlannedItems(items, 'tasks', table)
  const last = planned.part(2)
  const parts = [planned.part(0), planned.part(1), planned.part(2)]
  expect(parts.map(({ isLast }) => isLast)).toEqual([false, false, true])
  expect(parts[2]?.bytes).toBe(last.bytes)
  expect(Math.max(...parts.map(({ bytes }) => bytes.byteLength))).toBeLessThan(64_000)
  const told = parts.flatMap(({ bytes }) => decodeNodeFrame(encodeSnapshotPart(head, bytes, table), table))
  expect(told.flatMap(part => (part.type === 'snapshot' ? part.items : []))).toEqual(items)
})

it('has one part where nothing is lacking', () => {
  const { bytes, isLast } = new PlannedItems([], 'tasks', table).part(0)
  expect([isLast, decodeNodeFrame(encodeSnapshotPart(head, bytes, table), table)]).toMatchObject([
    true,
    [{ items: [] }],
  ])
})
