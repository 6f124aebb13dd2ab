import { describe, expect, it } from 'vitest'
import { checkId, isId } from './checkId.js'
import { newId } from './newId.js'

describe('an id', () => {
  it.each(['a', 'a b', 'ä/ü', '\u{1f600}', 'x'.repeat(128), '__proto__'])('[C-SCHEMA-10] may be %j', id => {
    expect(checkId(id)).toBe(id)
  })

  it.each(['', 'x'.repeat(129), 'a\0', 'a\nb', '\x7f', '\x85', 'a\ud800', '\udc00', 4, null, undefined, {}])(
    '[C-SCHEMA-10] may not be %j',
    id => {
      expect(isId(id)).toBe(false)
      expect(() => checkId(id)).toThrow(expect.objectContaining({ code: 'INVALID' }))
    },
  )

  it('is made of 21 random URL-safe characters', () => {
    const ids = Array.from({ length: 1_000 }, newId)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{21}$/)
    expect(new Set(ids).size).toBe(1_000)
    expect(new Set(ids.join('')).size).toBe(64)
  })
})
