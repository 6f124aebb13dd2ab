import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodeFromClose, errorEntry, errors, isErrorCode } from './errors.js'

const codes = Object.keys(errors) as ErrorCode[]
const closing = codes.filter(code => errorEntry(code).close !== undefined)
const byItself = new Set(['backoff', 'after', 'elsewhere'])

describe('the table of errors', () => {
  it('[C-ERROR-1] each close number stands for one code', () => {
    expect(new Set(closing.map(code => errorEntry(code).close)).size).toBe(closing.length)
    for (const code of closing) expect(errorCodeFromClose(errorEntry(code).close ?? 0)).toBe(code)
    expect(errorCodeFromClose(1006)).toBeUndefined()
  })

  it('[C-ERROR-1] codes that close with 45xx are tried again by themselves, those with 44xx are not', () => {
    for (const code of closing) {
      const { close = 0, retry } = errorEntry(code)
      expect(close >= 4400 && close < 4600, code).toBe(true)
      if (code !== 'HELLO_TIMEOUT') expect(byItself.has(retry), code).toBe(close >= 4500)
    }
  })

  it('every sentence is one sentence that ends', () => {
    for (const code of codes) expect(errorEntry(code).sentence, code).toMatch(/^[A-Z].{20,110}\.$/)
  })

  it('a code of a stranger is no code', () => {
    expect(isErrorCode('DENIED')).toBe(true)
    expect(isErrorCode('toString')).toBe(false)
    expect(isErrorCode('NOPE')).toBe(false)
  })
})
