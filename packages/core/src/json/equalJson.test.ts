import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonicalJson.js'
import { equalJson } from './equalJson.js'
import type { Json } from './Json.js'

describe('equalJson', () => {
  it('is equality of canonical texts', () => {
    const json = fc.jsonValue({ maxDepth: 2 }).map(value => JSON.parse(JSON.stringify(value)) as Json)
    const near = fc.constantFrom<Json>({ a: 1 }, { b: 1 }, [1], { 0: 1 }, [], {}, [null], null, { a: null }, '1', 1)
    fc.assert(
      fc.property(fc.oneof(json, near), fc.oneof(json, near), (a, b) => {
        expect(equalJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b))
        expect(equalJson(a, structured(a))).toBe(true)
      }),
    )
  })
})

function structured(value: Json): Json {
  return JSON.parse(canonicalJson(value)) as Json
}
