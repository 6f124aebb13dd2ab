import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../storage/MemoryStorage.js'
import { seededRandom } from '../testing/seededRandom.js'
import { Confirmed } from './Confirmed.js'
import { forgetOldest, maxKept } from './forgetOldest.js'

describe('forgetOldest', () => {
  it('[CL-REPLICA-14] of what nobody shows the furthest behind go beyond a bound, with what only they cover [G10]', async () => {
    const storage = new MemoryStorage(seededRandom(1))
    const stored = await storage.open()
    const key = (index: number): string => (index === 1 ? 'b/tasks/old' : `l/tasks/${index}`)
    const subscriptions = Array.from({ length: maxKept + 1 }, (_, index) => ({
      key: key(index),
      viewHash: 'h',
      cursor: index,
      bound: null,
    }))
    const row = (id: string, ...views: string[]) => ({ collection: 'tasks', id, values: {}, views })
    const rows = [row('only', key(0)), row('shared', key(0), key(maxKept)), row('shown', key(2))]
    const none = {
      droppedRows: [],
      bodies: [],
      droppedBodies: [],
      droppedSubscriptions: [],
      settled: [],
      rejections: [],
      outcomes: [],
    }
    await storage.apply({ version: 1, rows, subscriptions, ...none })
    const confirmed = new Confirmed()
    confirmed.open(stored.meta, subscriptions)
    expect(await forgetOldest(storage, confirmed)).toMatchObject({ forgotten: expect.arrayContaining([key(0)]) })
    confirmed.load(key(2), 1, [row('shown', key(2))])
    expect(await forgetOldest(storage, confirmed)).toBeNull()
    confirmed.unload(key(2), () => false)
    const delta = await forgetOldest(storage, confirmed)
    expect(delta?.forgotten).toHaveLength(101)
    expect(delta?.rows).toMatchObject([{ id: 'shared', views: [key(maxKept)] }])
    expect(delta?.droppedRows.map(({ id }) => id).sort()).toEqual(['only', 'shown'])
    expect(delta?.bodies).toEqual([{ kind: 'dropped', collection: 'tasks', id: 'old' }])
  })
})
