import { describe, expect, it } from 'vitest'
import { WebLockLeadership } from './WebLockLeadership.js'

/** Grants one name after the other, as a browser does: asynchronously, in the order of the requests. */
class Locks implements Pick<LockManager, 'request'> {
  #last: Promise<unknown> = Promise.resolve()

  request = ((_name: string, { signal }: LockOptions, granted: () => Promise<void>) => {
    const turn = this.#last.then(() => {
      if (signal?.aborted) throw new DOMException('aborted', 'AbortError')
      return granted()
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }) as LockManager['request']

  /** All that could be granted by now has been. */
  settled = () => new Promise(resolve => setImmediate(resolve))
}

describe('WebLockLeadership', () => {
  it('[CL-TABS-1] one tab leads at a time, the next one in line when it steps down', async () => {
    const locks = new Locks()
    const led: string[] = []
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(name => {
      const leadership = new WebLockLeadership('replica', locks)
      leadership.request(() => led.push(name))
      return leadership
    })
    await locks.settled()
    expect(led).toEqual(['alice'])
    bob!.release()
    alice!.release()
    await locks.settled()
    expect(led).toEqual(['alice', 'carol'])
    carol!.release()
  })

  it('[CL-TABS-1] a tab that was released before its turn never leads', async () => {
    const locks = new Locks()
    const led: string[] = []
    const leadership = new WebLockLeadership('replica', locks)
    leadership.request(() => led.push('alice'))
    leadership.release()
    await locks.settled()
    expect(led).toEqual([])
  })
})
