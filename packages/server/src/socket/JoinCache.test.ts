import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JoinCache } from './JoinCache.js'

describe('JoinCache', () => {
  it('[S-SOCK-2] the same frames in the same order are joined once, other lists apart', () => {
    const pool = Array.from({ length: 4 }, (_, n) => Uint8Array.of(n, n))
    const list = fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(list, { maxLength: 30 }), lists => {
        const joins = new JoinCache()
        const joinedByText = new Map<string, Uint8Array>()
        for (const frames of lists) {
          const joined = joins.join([...frames])
          const bytes = frames.flatMap(frame => [...frame])
          expect([...joined]).toEqual(bytes)
          expect(joinedByText.get(bytes.join()) ?? joined).toBe(joined)
          joinedByText.set(bytes.join(), joined)
        }
      }),
    )
  })

  it('[S-SOCK-2] a frame alone is sent as it is', () => {
    const frame = Uint8Array.of(1, 2)
    expect(new JoinCache().join([frame])).toBe(frame)
  })
})
