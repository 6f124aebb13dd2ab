import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimingWheel } from './TimingWheel.js'
import { ManualScheduler } from './testing/ManualScheduler.js'

function start() {
  const scheduler = new ManualScheduler()
  return { scheduler, wheel: new TimingWheel(scheduler) }
}

describe('TimingWheel', () => {
  it('[S-SOCK-11] calls each after its ticks, once, in the order they were added, on one timer', () => {
    const { scheduler, wheel } = start()
    const called: string[] = []
    wheel.after(8, () => called.push(`a at ${scheduler.nowMs}`))
    wheel.after(1, () => called.push(`b at ${scheduler.nowMs}`))
    wheel.after(8, () => called.push(`c at ${scheduler.nowMs}`))
    expect(scheduler.waiting).toBe(1)
    scheduler.advance(60_000)
    expect(called).toEqual(['b at 1000', 'a at 8000', 'c at 8000'])
  })

  it('[S-SOCK-11] runs no timer while nobody waits', () => {
    const { scheduler, wheel } = start()
    expect(scheduler.waiting).toBe(0)
    const cancel = wheel.after(5, () => {})
    scheduler.advance(2_000)
    expect(scheduler.waiting).toBe(1)
    cancel()
    cancel()
    expect(scheduler.waiting).toBe(0)
    wheel.after(1, () => {})
    scheduler.advance(1_000)
    expect(scheduler.waiting).toBe(0)
    expect(wheel.now).toBe(3)
  })

  it('one that is called may add, and cancel what is due with it', () => {
    const { scheduler, wheel } = start()
    const called: number[] = []
    const again = (): void => {
      called.push(wheel.now)
      wheel.after(63, again)
    }
    wheel.after(1, () => cancel())
    const cancel = wheel.after(1, () => called.push(-1))
    wheel.after(1, again)
    scheduler.advance(64_000)
    expect(called).toEqual([1, 64])
    expect(() => wheel.after(0, again)).toThrow(RangeError)
    expect(() => wheel.after(64, again)).toThrow(RangeError)
  })

  it('[S-SOCK-11] does what a timer for each would do', () => {
    const action = fc.record({
      ticks: fc.integer({ min: 1, max: 63 }),
      waitMs: fc.integer({ min: 0, max: 5 }),
      isCancelled: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), actions => {
        const { scheduler, wheel } = start()
        const called: number[] = []
        const expected: [atTick: number, id: number][] = []
        for (const [id, { ticks, waitMs, isCancelled }] of actions.entries()) {
          const cancel = wheel.after(ticks, () => called.push(id))
          if (isCancelled) cancel()
          else expected.push([wheel.now + ticks, id])
          scheduler.advance(waitMs * 1_000)
        }
        scheduler.advance(64_000)
        expect(called).toEqual(expected.sort(([a, one], [b, other]) => a - b || one - other).map(([, id]) => id))
        expect(scheduler.waiting).toBe(0)
      }),
    )
  })
})
