import { describe, expect, it } from 'vitest'
import { weightOf } from './weightOf.js'

describe('[S-STORM-1] the weight of what is kept', () => {
  it('grows with strings, bytes and how much there is', () => {
    expect(weightOf({ title: 'x'.repeat(1_000) }, 10_000)).toBeGreaterThan(1_000)
    expect(weightOf({ body: new Uint8Array(1_000) }, 10_000)).toBeGreaterThan(1_000)
    expect(weightOf(Array(1_000).fill(1), 10_000)).toBeGreaterThan(1_000)
  })

  it('is found without a look at what is beyond enough', () => {
    const beyond = {
      get title(): string {
        throw new Error('looked at')
      },
    }
    expect(weightOf(['x'.repeat(200), ['y', beyond]], 100)).toBeGreaterThan(100)
  })
})
