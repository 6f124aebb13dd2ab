import { collection, defineSchema, schemaModelOf, type WatchTarget } from '@tidemark/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { Access } from '../access/Access.js'
import { ViewDescriptions } from './ViewDescriptions.js'

const tasks = collection('tasks', { title: z.string(), owner: z.string() })
const schema = schemaModelOf(defineSchema({ version: 1, collections: [tasks] }))
const access = new Access(schema, {
  workspace: () => 'write',
  collections: { tasks: { read: user => (user.userId === 'root' ? 'all' : tasks.where({ owner: user.userId })) } },
})
const list = (title: string, limit: number | null = null): WatchTarget => ({
  kind: 'list',
  collection: 'tasks',
  where: { title },
  orderBy: [],
  limit,
})

it('[S-STORM-6] a target is read once for all whom the same rule is for', () => {
  const views = new ViewDescriptions(access)
  const ofAlice = views.of({ userId: 'alice' }, list('a'))
  expect(views.of({ userId: 'alice' }, list('a'))).toBe(ofAlice)
  expect(views.of({ userId: 'alice' }, list('a', 5)).hash).toBe(ofAlice.hash)
  const others = [views.of({ userId: 'bob' }, list('a')), views.of({ userId: 'root' }, list('a'))]
  expect(new Set([ofAlice, ...others, views.of({ userId: 'alice' }, list('b'))].map(({ hash }) => hash)).size).toBe(4)
  expect(others.map(({ isUnruled }) => isUnruled)).toEqual([false, true])
})

it('[S-STORM-6] what makes no sense is refused each time, and what is long or much is not kept', () => {
  const views = new ViewDescriptions(access)
  const alice = { userId: 'alice' }
  const nonsense = { ...list('a'), where: { colour: 'red' } } as WatchTarget
  for (let time = 0; time < 2; time++) expect(() => views.of(alice, nonsense)).toThrow('colour')
  const long = list('x'.repeat(3_000))
  expect(views.of(alice, long)).not.toBe(views.of(alice, long))
  const first = views.of(alice, list('first'))
  for (let n = 0; n < 1_000; n++) views.of(alice, list(`${n}`))
  expect(views.of(alice, list('first'))).not.toBe(first)
  expect(views.of(alice, list('first'))).toEqual(first)
})
