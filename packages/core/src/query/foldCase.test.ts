import { describe, expect, it } from 'vitest'
import { caseFolding, foldCase } from './foldCase.js'

describe('foldCase', () => {
  it('folds each letter of the table as Unicode lowers it, final sigma apart', () => {
    expect(caseFolding.from.length).toBe(caseFolding.to.length)
    for (const [index, letter] of Array.from(caseFolding.from).entries()) {
      const expected = letter === 'ς' ? 'σ' : letter.toLowerCase()
      expect([letter, caseFolding.to[index], foldCase(`😀${letter}`)]).toEqual([letter, expected, `😀${expected}`])
    }
  })

  it('has no letter twice and is stable when folded again', () => {
    expect(new Set(caseFolding.from).size).toBe(caseFolding.from.length)
    expect(foldCase(caseFolding.to)).toBe(caseFolding.to)
  })

  it('covers every letter of its scripts that lowers to one other', () => {
    const blocks = [
      [0x00, 0x17f],
      [0x386, 0x3ab],
      [0x400, 0x42f],
      [0x1ea0, 0x1ef9],
    ] as const
    for (const [first, last] of blocks) {
      for (let code = first; code <= last; code++) {
        const letter = String.fromCharCode(code)
        if (letter !== 'İ') expect([letter, foldCase(`😀${letter}`)]).toEqual([letter, `😀${letter.toLowerCase()}`])
      }
    }
  })

  it('keeps the length of the text', () => {
    for (const text of ['İSTANBUL', 'ıßẞŉǰ', 'ΑΣ ΑΣ', '𐐀']) expect(foldCase(text).length).toBe(text.length)
  })
})
