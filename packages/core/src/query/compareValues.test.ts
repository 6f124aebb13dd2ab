import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../json/Json.js'
import { compareStrings, compareValues } from './compareValues.js'

const ascending: Json[] = [
  null,
  false,
  true,
  -1e300,
  -1,
  0,
  5e-324,
  1,
  10,
  '',
  'A',
  'B',
  'a',
  'aa',
  'é',
  '\uffff',
  '😀',
  '😀a',
  '😁',
  [],
  [null],
  [1, 2],
  [2],
  { a: 1 },
  {},
]

const text = fc.string({ unit: 'binary' })

describe('compareValues', () => {
  it('orders null, booleans, numbers, strings, arrays, objects', () => {
    for (const [i, a] of ascending.entries())
      for (const [j, b] of ascending.entries())
        expect([a, b, Math.sign(compareValues(a, b))]).toEqual([a, b, Math.sign(i - j)])
  })

  it('orders strings by code point, as UTF-8 bytes compare', () => {
    const byCodePoint = (a: string, b: string) => Math.sign(compareValues(codePoints(a), codePoints(b)))
    fc.assert(
      fc.property(text, text, text, (prefix, a, b) => {
        expect(Math.sign(compareStrings(prefix + a, prefix + b))).toBe(byCodePoint(prefix + a, prefix + b))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is a total order over JSON values', () => {
    const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
    fc.assert(
      fc.property(json, json, json, (a, b, c) => {
        expect(Math.sign(compareValues(a, b))).toBe(0 - Math.sign(compareValues(b, a)))
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

function codePoints(text: string): number[] {
  return Array.from(text, character => character.codePointAt(0) as number)
}
