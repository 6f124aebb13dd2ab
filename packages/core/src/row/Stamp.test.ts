import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectiveStamp, msOfStamp, nextStamp, stampFromMs } from './Stamp.js'

const year2109 = Date.UTC(2109, 0, 1)
const ms = fc.integer({ min: 0, max: year2109 })

describe('stamps', () => {
  it('[C-ROW-1] a stamp is exact and gives its millisecond back, until 2109', () => {
    fc.assert(
      fc.property(ms, fc.nat({ max: 2047 }), (at, counter) => {
        const stamp = stampFromMs(at) + counter
        expect(Number.isSafeInteger(stamp)).toBe(true)
        expect(msOfStamp(stamp)).toBe(at)
      }),
    )
    expect(stampFromMs(1.9)).toBe(stampFromMs(1))
  })

  it("[C-ROW-1] a writer's stamps grow, whatever its clock does, and follow it when it goes on", () => {
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1 }), clock => {
        let last = 0
        for (const now of clock) {
          const stamp = nextStamp(now, last)
          expect(stamp).toBeGreaterThan(last)
          expect(stamp).toBe(Math.max(stampFromMs(now), last + 1))
          last = stamp
        }
      }),
    )
  })

  it('[C-ROW-1] an effective stamp is never of the future nor before the last of its replica, and else as corrected', () => {
    fc.assert(
      fc.property(ms, fc.array(fc.tuple(ms, fc.nat({ max: 10_000 })), { maxLength: 20 }), (start, edits) => {
        let now = start
        let last = 0
        for (const [made, later] of edits) {
          now = Math.min(now + later, year2109)
          const corrected = stampFromMs(made) + 7
          const effective = effectiveStamp(corrected, now, last)
          expect(msOfStamp(effective)).toBeLessThanOrEqual(now)
          expect(effective).toBeGreaterThanOrEqual(last)
          if (made <= now && corrected >= last) expect(effective).toBe(corrected)
          last = effective
        }
      }),
    )
  })

  it('[C-ROW-1] a clock a day ahead counts as now, a day behind as the last edit of the same replica', () => {
    const day = 24 * 60 * 60 * 1_000
    const now = Date.UTC(2026, 6, 11)
    expect(msOfStamp(effectiveStamp(stampFromMs(now + day), now, 0))).toBe(now)
    const last = stampFromMs(now - 1_000)
    expect(effectiveStamp(stampFromMs(now - day), now, last)).toBe(last)
  })
})
