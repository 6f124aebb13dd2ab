import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { noMetrics } from '../metrics/Metrics.js'
import { ManualScheduler } from './testing/ManualScheduler.js'
import { UpgradeQueue } from './UpgradeQueue.js'

const tickMs = 10

/** A scheduler that comes so much later than it is asked to. */
class LateScheduler extends ManualScheduler {
  lateMs = 0

  override after(ms: number, fn: () => void): () => void {
    return super.after(ms + this.lateMs, fn)
  }
}

function setUp(mostWaiting = 1_000) {
  const scheduler = new LateScheduler()
  const queue = new UpgradeQueue({ scheduler, metrics: noMetrics, mostWaiting })
  let taken = 0
  const arrive = (count: number): PassThrough[] =>
    Array.from({ length: count }, () => {
      const socket = new PassThrough()
      queue.add(socket, () => taken++)
      return socket
    })
  /** How many are let in at each of so many looks at the clock. */
  const looks = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const before = taken
      scheduler.advance(tickMs + scheduler.lateMs)
      return taken - before
    })
  return { scheduler, queue, arrive, looks, taken: () => taken }
}

describe('[S-STORM-5] who connects', () => {
  it('is let in at once, beyond a few one after another: more while the node is on time, fewer while it is late', () => {
    const { scheduler, arrive, looks, taken } = setUp()
    arrive(3)
    expect(taken()).toBe(3)
    arrive(500)
    expect(taken()).toBe(16)
    expect(looks(3)).toEqual([20, 25, 32])
    // One was asked for when it was still on time.
    scheduler.lateMs = 6
    looks(1)
    expect(looks(8)).toEqual([20, 10, 5, 3, 2, 1, 1, 1])
    scheduler.lateMs = 0
    looks(1)
    expect(looks(3)).toEqual([2, 3, 4])
  })

  it('is passed over if it goes while it waits, and takes nobody’s place', async () => {
    const { arrive, looks } = setUp()
    arrive(16)
    const [gone, broken, ...others] = arrive(22) as [PassThrough, PassThrough, ...PassThrough[]]
    gone.end()
    broken.destroy(new Error('reset'))
    await new Promise(resolve => broken.once('close', resolve))
    expect(looks(1)).toEqual([20])
    expect([gone, broken, ...others].map(({ destroyed }) => destroyed)).toEqual([
      true,
      true,
      ...others.map(() => false),
    ])
  })

  it('is refused when enough wait, and when the node stops', () => {
    const { queue, arrive, taken } = setUp(2)
    const sockets = arrive(19)
    const refused = () => sockets.filter(socket => String(socket.read()).startsWith('HTTP/1.1 503 '))
    expect([taken(), refused().length]).toEqual([16, 1])
    queue.close()
    expect(arrive(1).map(socket => String(socket.read()).slice(0, 12))).toEqual(['HTTP/1.1 503'])
    expect(taken()).toBe(16)
  })
})
