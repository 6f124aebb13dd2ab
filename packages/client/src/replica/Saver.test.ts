import { describe, expect, it } from 'vitest'
import { MemoryStorage, ReplicaMemory } from '../storage/MemoryStorage.js'
import type { ReplicaBatch } from '../storage/ReplicaStorage.js'
import { ManualClock } from '../testing/ManualClock.js'
import { seededRandom } from '../testing/seededRandom.js'
import { Confirmed } from './Confirmed.js'
import { type Delta, emptyDelta } from './Delta.js'
import { Saver } from './Saver.js'

const view = 'l/tasks/all'
const titled = (title: string, position: number): Delta => ({
  ...emptyDelta,
  rows: [{ collection: 'tasks', id: 'a', values: { title }, views: [view], isRead: true }],
  position: { serial: 1, cursor: position },
})

class FullStorage extends MemoryStorage {
  isFull = false

  override async apply(batch: ReplicaBatch): Promise<void> {
    if (this.isFull) throw new Error('full')
    return super.apply(batch)
  }
}

async function openSaver() {
  const memory = new ReplicaMemory()
  const storage = new FullStorage(seededRandom(1), memory)
  const clock = new ManualClock()
  const confirmed = new Confirmed()
  confirmed.open((await storage.open()).meta, [])
  confirmed.load(view, 0, [])
  const told: number[] = []
  const saver = new Saver(storage, confirmed, clock, 0, (_delta, version) => told.push(version))
  const take = (delta: Delta): void => {
    confirmed.apply(delta, saver.nextVersion)
    saver.add(delta)
  }
  return { memory, storage, clock, confirmed, saver, told, take }
}

/** Lets what was begun come to its end. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('Saver', () => {
  it('[CL-REPLICA-16] stores what came in meanwhile in one step, rows with their cursor, and tells each version once', async () => {
    const { memory, saver, told, take } = await openSaver()
    take(titled('one', 1))
    await Promise.resolve()
    take(titled('two', 2))
    take(titled('three', 3))
    await saver.idle()
    expect(told).toEqual([1, 2])
    expect(memory.rows.get('tasks/a')?.values).toEqual({ title: 'three' })
    expect(memory.meta?.live).toEqual({ serial: 1, cursor: 3 })
  })

  it('[CL-REPLICA-26] stores what came in one frame in one step [G5]', async () => {
    const { memory, saver, told, take } = await openSaver()
    take(titled('one', 1))
    take(titled('two', 2))
    await saver.idle()
    expect(told).toEqual([1])
    expect(memory.meta?.live).toEqual({ serial: 1, cursor: 2 })
  })

  it('[CL-REPLICA-17] what the storage refuses is kept and tried again, and nothing newer is taken for older', async () => {
    const { memory, storage, clock, confirmed, saver, told, take } = await openSaver()
    storage.isFull = true
    take(titled('one', 1))
    take(titled('two', 2))
    await settle()
    take(titled('three', 3))
    await settle()
    expect(confirmed.row('tasks', 'a')?.values).toEqual({ title: 'three' })
    expect(memory.rows.size).toBe(0)
    storage.isFull = false
    clock.advance(5_000)
    await saver.idle()
    expect(memory.rows.get('tasks/a')?.values).toEqual({ title: 'three' })
    expect(memory.meta?.live.cursor).toBe(3)
    expect(told.at(-1)).toBe(memory.meta?.version)
  })

  it('[CL-REPLICA-17] what is gone and cannot be taken out of the storage is not read from there [G2]', async () => {
    const { storage, saver, take } = await openSaver()
    take(titled('one', 1))
    await saver.idle()
    storage.isFull = true
    take({ ...emptyDelta, droppedRows: [{ collection: 'tasks', id: 'a', why: 'denied', isRead: true }] })
    await saver.idle()
    expect(saver.isIdle).toBe(false)
    expect((await saver.rows({ views: [view] })).rows).toEqual([])
    expect((await storage.rows({ views: [view] })).rows).toHaveLength(1)
    take(titled('back', 2))
    expect((await saver.rows({ views: [view] })).rows).toHaveLength(1)
  })

  it('[CL-REPLICA-17] the storage is asked again after 5 s, however much comes meanwhile', async () => {
    const { memory, storage, clock, saver, take } = await openSaver()
    storage.isFull = true
    for (let position = 1; position <= 10; position++) {
      take(titled('one', position))
      await settle()
    }
    expect(clock.pendingTimers).toBe(1)
    storage.isFull = false
    clock.advance(4_999)
    await settle()
    expect(memory.meta?.version).toBe(0)
    clock.advance(1)
    await settle()
    expect(memory.meta?.live.cursor).toBe(10)
    expect(saver.isIdle).toBe(true)
  })

  describe('beside a subscription that is not loaded', () => {
    const unloaded = { key: 'l/tasks/unloaded', viewHash: 'h', cursor: 1, bound: null }
    const stored = { collection: 'tasks', id: 'a', values: { title: 'stored' } }
    const left = (...views: string[]): Delta => ({
      ...emptyDelta,
      droppedRows: [{ collection: 'tasks', id: 'a', why: 'left', isRead: false, left: views }],
    })
    const arrives: Delta = {
      ...emptyDelta,
      rows: [{ ...stored, values: { title: 'new' }, views: [view], isRead: false, left: [] }],
    }

    async function openBeside(...views: string[]) {
      const rig = await openSaver()
      const none = {
        bodies: [],
        droppedBodies: [],
        droppedSubscriptions: [],
        settled: [],
        rejections: [],
        outcomes: [],
      }
      const rows = [{ ...stored, views }]
      await rig.storage.apply({ version: 0, rows, droppedRows: [], subscriptions: [unloaded], ...none })
      rig.confirmed.open((await rig.storage.open()).meta, [unloaded])
      const viewsStored = () => rig.memory.rows.get('tasks/a')?.views
      return { ...rig, rows, viewsStored }
    }

    it('[CL-REPLICA-18] a row that arrives anew keeps what only the storage knows of, also when it goes again', async () => {
      const { memory, saver, take, viewsStored } = await openBeside(unloaded.key)
      take(arrives)
      await saver.idle()
      expect(memory.rows.get('tasks/a')).toMatchObject({ values: { title: 'new' }, views: [view, unloaded.key] })
      take(left(view))
      await saver.idle()
      expect(viewsStored()).toEqual([unloaded.key])
    })

    it('[G5, CL-REPLICA-18] a row keeps a subscription that is loaded while it is stored', async () => {
      const { confirmed, rows, saver, take, viewsStored } = await openBeside(unloaded.key)
      take(arrives)
      confirmed.load(unloaded.key, 0, rows)
      await saver.idle()
      expect(viewsStored()).toEqual([view, unloaded.key])
    })

    it('[G5, CL-REPLICA-18] a row leaves a subscription that is let go of before that is stored', async () => {
      const { confirmed, saver, take, viewsStored } = await openBeside(unloaded.key, view)
      take(left(view))
      confirmed.unload(view, () => false)
      await saver.idle()
      expect(viewsStored()).toEqual([unloaded.key])
    })

    it('[G5, CL-REPLICA-18] changes that are stored as one add up', async () => {
      const { saver, take, viewsStored } = await openBeside(unloaded.key, 'l/tasks/before')
      take(left('l/tasks/before'))
      take(arrives)
      await saver.idle()
      expect(viewsStored()).toEqual([view, unloaded.key])
      take(left(view))
      take({ ...emptyDelta, droppedRows: [{ collection: 'tasks', id: 'a', why: 'removed', isRead: true }] })
      take(arrives)
      await saver.idle()
      expect(viewsStored()).toEqual([view])
    })

    it('[G5, CL-REPLICA-18] what a row leaves while it is stored is not taken for known again', async () => {
      const { confirmed, saver, take } = await openBeside(unloaded.key)
      confirmed.load('l/tasks/other', 0, [])
      take({ ...emptyDelta, rows: [{ ...stored, views: [view, 'l/tasks/other'], isRead: false, left: [] }] })
      await Promise.resolve()
      take({ ...emptyDelta, rows: [{ ...stored, views: [view], isRead: false, left: ['l/tasks/other'] }] })
      confirmed.unload('l/tasks/other', () => false)
      await saver.idle()
      expect([...(confirmed.row('tasks', 'a')?.views ?? [])]).toEqual([view, unloaded.key])
    })

    it('[G5, CL-REPLICA-18] a following tab keeps what it has loaded and the leading one has not', async () => {
      const { confirmed, rows } = await openBeside(unloaded.key)
      confirmed.load(unloaded.key, 0, rows)
      confirmed.apply(arrives, 1)
      expect(confirmed.row('tasks', 'a')).toMatchObject({ values: { title: 'new' } })
      expect([...confirmed.refsOf(unloaded.key), ...confirmed.refsOf(view)]).toEqual(['tasks/a', 'tasks/a'])
      confirmed.apply(left(view), 2)
      expect([...confirmed.refsOf(unloaded.key), ...confirmed.refsOf(view)]).toEqual(['tasks/a'])
      confirmed.apply(left(unloaded.key), 3)
      expect(confirmed.row('tasks', 'a')).toBeUndefined()
    })
  })
})
