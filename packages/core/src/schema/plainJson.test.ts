import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkJson } from '../json/checkJson.js'
import { plainJson } from './plainJson.js'

const read = (text: string): unknown => JSON.parse(text)

describe('a value as JSON of our own', () => {
  it('[C-SCHEMA-2] whatever passes survives being written and read', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withDate: true, withMap: true, withBigInt: true }), value => {
        const result = plainJson(value)
        if ('issues' in result) return
        expect(checkJson(result.value)).toBeUndefined()
        expect(read(JSON.stringify(result.value))).toEqual(result.value)
        expect(result.value).toEqual(read(JSON.stringify(value)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-SCHEMA-2] all clean JSON passes, as a copy', () => {
    const clean = fc.jsonValue().filter(value => checkJson(value) === undefined)
    fc.assert(
      fc.property(clean, value => {
        const result = plainJson(value)
        expect(result).toEqual({ value })
        if (typeof value === 'object' && value !== null) expect('value' in result && result.value).not.toBe(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('ends on a cycle, at once', () => {
    const cycle: Record<string, unknown> = {}
    for (const key of ['a', 'b', 'c']) cycle[key] = cycle
    expect(plainJson(cycle)).toHaveProperty('issues')
    expect(plainJson([cycle, cycle])).toHaveProperty('issues')
  })

  it('may be 64 deep and no deeper', () => {
    const nested = (depth: number) => read('['.repeat(depth) + ']'.repeat(depth))
    expect(plainJson(nested(64))).toEqual({ value: nested(64) })
    expect(plainJson(nested(65))).toHaveProperty('issues')
    expect(checkJson(nested(65))).toBeDefined()
  })
})
