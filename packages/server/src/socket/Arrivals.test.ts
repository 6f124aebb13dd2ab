import { describe, expect, it } from 'vitest'
import { Arrivals } from './Arrivals.js'
import { ManualScheduler } from './testing/ManualScheduler.js'

const everyMs = 10

/** Comes so much later than it is asked to. */
class LateScheduler extends ManualScheduler {
  lateMs = 0

  override after(ms: number, fn: () => void): () => void {
    return super.after(ms + this.lateMs, fn)
  }
}

function setUp(mostWaiting = 1_000) {
  const scheduler = new LateScheduler()
  const arrivals = new Arrivals(scheduler, mostWaiting)
  const taken: string[] = []
  const arrivalOf = (name: string, isHere = true) => ({ isHere: () => isHere, letIn: () => taken.push(name) })
  const connect = (count: number): boolean[] =>
    Array.from({ length: count }, (_, n) => arrivals.connects(arrivalOf(`${n}`)))
  /** How many steps are taken at each of so many looks at the clock. */
  const looks = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const before = taken.length
      scheduler.advance(everyMs + scheduler.lateMs)
      return taken.length - before
    })
  return { scheduler, arrivals, arrivalOf, connect, looks, taken }
}

describe('[S-STORM-5] who comes', () => {
  it('is let in at once; beyond a few one after another: more while the node is on time, fewer while it is late', () => {
    const { scheduler, connect, looks, taken } = setUp()
    connect(3)
    expect(taken).toEqual(['0', '1', '2'])
    connect(500)
    expect(taken).toHaveLength(16)
    expect(looks(3)).toEqual([20, 25, 32])
    // One look was asked for when it was still on time.
    scheduler.lateMs = 4
    looks(1)
    expect(looks(8)).toEqual([20, 10, 5, 3, 2, 1, 1, 1])
    scheduler.lateMs = 0
    looks(1)
    expect(looks(3)).toEqual([2, 3, 4])
  })

  it('never has to wait when few have come lately', () => {
    const { connect, looks, taken } = setUp()
    connect(16)
    looks(1)
    connect(16)
    expect(taken).toHaveLength(32)
  })

  it('is greeted before others connect', () => {
    const { arrivals, arrivalOf, connect, looks, taken } = setUp()
    connect(30)
    for (const name of ['a', 'b']) arrivals.greets(arrivalOf(name))
    looks(1)
    expect(taken.slice(16, 19)).toEqual(['a', 'b', '16'])
  })

  it('is passed over if it goes while it waits, and takes nobody’s turn', () => {
    const { arrivals, arrivalOf, connect, looks, taken } = setUp()
    connect(16)
    for (let n = 0; n < 10; n++) arrivals.connects(arrivalOf('gone', false))
    connect(30)
    expect(looks(1)).toEqual([20])
    expect(taken).not.toContain('gone')
  })

  it('is sent away when enough wait for the same step', () => {
    const { arrivals, arrivalOf, connect } = setUp(2)
    expect(connect(19)).toEqual([...Array.from({ length: 18 }, () => true), false])
    expect([1, 2, 3].map(n => arrivals.greets(arrivalOf(`${n}`)))).toEqual([true, true, false])
  })
})
