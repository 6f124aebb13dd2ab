import { describe, expect, it } from 'vitest'
import { defaultLimits } from './limits.js'
import { limitsFrom } from './limitsFrom.js'

describe('limits', () => {
  it('[S-CLI-9] are the defaults where nothing else is set', () => {
    expect(limitsFrom()).toEqual(defaultLimits)
    expect(limitsFrom({ helloMs: 1_000, mutationsPerSecond: 0.5 })).toEqual({
      ...defaultLimits,
      helloMs: 1_000,
      mutationsPerSecond: 0.5,
    })
  })

  it.each([
    [{ frameByte: 5 }, /^there is no limits\.frameByte\. .*frameBytes/],
    [{ toString: 5 }, /there is no limits\.toString/],
    [{ frameBytes: 0 }, /limits\.frameBytes is a number above 0, not 0/],
    [{ frameBytes: -1 }, /not -1/],
    [{ frameBytes: '5' }, /not "5"/],
    [{ frameBytes: Number.NaN }, /limits\.frameBytes/],
    [{ frameBytes: Number.POSITIVE_INFINITY }, /limits\.frameBytes/],
    [{ frameBytes: undefined }, /not undefined/],
    [{ replicaAgeMs: 86_400_000 }, /limits\.replicaAgeMs is at least 1209600000/],
    [5, /limits is an object/],
    [null, /limits is an object/],
  ])('[S-CLI-9] that are wrong are named: %j', (given, message) => {
    expect(() => limitsFrom(given)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
    expect(() => limitsFrom(given)).toThrow(message)
  })
})
