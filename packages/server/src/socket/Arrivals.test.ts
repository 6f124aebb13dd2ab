import { describe, expect, it } from 'vitest'
import { Arrivals } from './Arrivals.js'
import { ManualScheduler } from './testing/ManualScheduler.js'

const everyMs = 10

function setUp(mostWaiting = 1_000) {
  const scheduler = new ManualScheduler()
  const arrivals = new Arrivals(scheduler, mostWaiting)
  const taken: string[] = []
  const arrivalOf = (name: string, isHere = true) => ({ isHere: () => isHere, letIn: () => taken.push(name) })
  const connect = (count: number): boolean[] =>
    Array.from({ length: count }, (_, n) => arrivals.connects(arrivalOf(`${n}`)))
  const turns = (count: number): void => {
    for (let turn = 0; turn < count; turn++) scheduler.turn()
  }
  /** How many steps are taken from each of so many looks at the clock on. */
  const looks = (count: number): number[] =>
    Array.from({ length: count }, () => {
      const before = taken.length
      scheduler.advance(everyMs)
      turns(20)
      return taken.length - before
    })
  return { scheduler, arrivals, arrivalOf, connect, looks, taken, turns }
}

describe('[S-STORM-5] who comes', () => {
  it('is let in at once; beyond a few one after another: more while the node has time left, fewer while it has not', () => {
    const { scheduler, connect, looks, taken, turns } = setUp()
    connect(3)
    expect(taken).toEqual(['0', '1', '2'])
    connect(500)
    turns(20)
    expect(taken).toHaveLength(8)
    expect(looks(16)).toEqual([9, 10, 11, 13, 15, 17, 19, 21, 24, 27, 30, 32, 32, 32, 32, 32])
    scheduler.load = 0.6
    expect(looks(6)).toEqual([16, 8, 4, 2, 2, 2])
    scheduler.load = 0.5
    expect(looks(3)).toEqual([3, 4, 5])
  })

  it('takes a few steps in a turn of the event loop, so that whatever else has come is seen to between them', () => {
    const { connect, taken, turns } = setUp()
    connect(7)
    const sofar = [taken.length]
    for (let turn = 0; turn < 3; turn++) {
      turns(1)
      sofar.push(taken.length)
    }
    expect(sofar).toEqual([4, 7, 7, 7])
  })

  it('never has to wait when few have come lately', () => {
    const { connect, looks, taken } = setUp()
    for (let time = 1; time <= 10; time++) {
      connect(4)
      expect(taken).toHaveLength(time * 4)
      looks(1)
    }
  })

  it('is caught up before others are greeted, and greeted before others connect', () => {
    const { arrivals, arrivalOf, connect, looks, taken, turns } = setUp()
    connect(30)
    turns(20)
    for (const name of ['greeted', 'too']) arrivals.greets(arrivalOf(name))
    arrivals.catchesUp(arrivalOf('caught up'))
    looks(1)
    expect(taken.slice(8, 12)).toEqual(['caught up', 'greeted', 'too', '8'])
  })

  it('is passed over if it goes while it waits, and takes nobody’s turn', () => {
    const { arrivals, arrivalOf, connect, looks, taken, turns } = setUp()
    connect(8)
    turns(20)
    for (let n = 0; n < 10; n++) arrivals.connects(arrivalOf('gone', false))
    connect(30)
    expect(looks(1)).toEqual([9])
    expect(taken).not.toContain('gone')
  })

  it('is sent away when enough wait for the same step', () => {
    const { arrivals, arrivalOf, connect } = setUp(2)
    expect(connect(7)).toEqual([true, true, true, true, true, true, false])
    expect(arrivals.greets(arrivalOf('greeted'))).toBe(true)
    arrivals.catchesUp(arrivalOf('caught up'))
    expect(arrivals.greets(arrivalOf('too late'))).toBe(false)
  })
})
