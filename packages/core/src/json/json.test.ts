import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonicalJson.js'
import { checkJson } from './checkJson.js'
import { hash53, hash64 } from './hashText.js'
import type { Json } from './Json.js'

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
const cycle: unknown[] = []
cycle.push(cycle)

describe('checkJson', () => {
  const refused: [name: string, value: unknown, path: (string | number)[]][] = [
    ['U+0000', ['a\0b'], [0]],
    ['a high surrogate alone', { a: 'x\ud83d' }, ['a']],
    ['a low surrogate alone', '\ude00x', []],
    ['surrogates in the wrong order', '\ude00\ud83d', []],
    ['NaN', Number.NaN, []],
    ['Infinity', [1, Number.POSITIVE_INFINITY], [1]],
    ['-Infinity', Number.NEGATIVE_INFINITY, []],
    ['−0', { a: [-0] }, ['a', 0]],
    ['undefined', undefined, []],
    ['an undefined member', { a: undefined }, ['a']],
    ['a hole', new Array(1), [0]],
    ['a function', () => 1, []],
    ['a bigint', 1n, []],
    ['a symbol', Symbol('a'), []],
    ['a Date', new Date(0), []],
    ['a Map', { a: new Map() }, ['a']],
    ['own __proto__', JSON.parse('{"a":{"__proto__":1}}'), ['a', '__proto__']],
    ['own constructor', { constructor: 1 }, ['constructor']],
    ['own prototype', { prototype: 1 }, ['prototype']],
    ['a key with U+0000', { 'a\0': 1 }, ['a\0']],
    ['nesting of 65', nested(65), new Array(64).fill(0)],
    ['a cycle', cycle, new Array(64).fill(0)],
  ]
  it.each(refused)('refuses %s and says where', (_name, value, path) => {
    expect(checkJson(value)?.path).toEqual(path)
  })

  it('accepts nesting of 64, objects without a prototype and pairs of surrogates', () => {
    expect(checkJson(nested(64))).toBeUndefined()
    expect(checkJson(Object.assign(Object.create(null), { a: '😀' }))).toBeUndefined()
  })

  it('accepts what survives JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        const text = JSON.stringify(value)
        fc.pre(!/-0(?![.\d])|\\u0000|\\ud[89a-f]|__proto__|constructor|prototype/.test(text) && !hasNegativeZero(value))
        expect(checkJson(value)).toBeUndefined()
      }),
    )
  })
})

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasNegativeZero)
  return Object.is(value, -0)
}

describe('canonicalJson', () => {
  it('sorts keys at every depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'é"' })).toBe('{"a":"é\\"","b":[{"c":null,"d":1}]}')
  })

  it('is valid JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('hashText', () => {
  it('never changes: stored schemas are compared by it', () => {
    expect(['', 'a', 'tidemark'].map(hash64)).toEqual(['501b7d23cb1133bf', '0f86c199cba5f151', '1b36c658c26b67db'])
    expect(hash53('tidemark')).toBe(6410534008874971)
  })

  it('has no collision among 200,000 near texts', () => {
    const wide = new Set<string>()
    const exact = new Set<number>()
    for (let index = 0; index < 200_000; index++) {
      wide.add(hash64(`task-${index}`))
      exact.add(hash53(`task-${index}`))
    }
    expect([wide.size, exact.size]).toEqual([200_000, 200_000])
    expect(Math.max(...[...exact].slice(0, 1_000))).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER)
  })
})
