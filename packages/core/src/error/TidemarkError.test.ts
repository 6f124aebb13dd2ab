import { describe, expect, it } from 'vitest'
import { errors } from './errors.js'
import { issueFrom, issueText } from './Issue.js'
import { isTidemarkError, TidemarkError } from './TidemarkError.js'

describe('TidemarkError', () => {
  it('has a code, a sentence that says what to do, and a link', () => {
    const error = new TidemarkError('DENIED')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'TidemarkError', code: 'DENIED', docs: 'https://tidemark.dev/errors/DENIED' })
    expect(error.message).toBe(errors.DENIED.sentence)
    expect('issues' in error).toBe(false)
  })

  it('names the issues in its message', () => {
    const issues = [{ path: ['labels', { key: 0 }], message: 'too long' }, { message: 'empty' }]
    const error = new TidemarkError('INVALID', undefined, { issues })
    expect(error.issues).toBe(issues)
    expect(error.message).toBe(`labels.0: too long; empty. ${errors.INVALID.sentence}`)
  })

  it('takes a message, details and a cause', () => {
    const cause = new Error('disk')
    const error = new TidemarkError('STORE_FAILED', 'The disk is full.', { details: { free: 0 }, cause })
    expect(error).toMatchObject({ message: 'The disk is full.', details: { free: 0 }, cause })
  })

  it('is known by its shape, so two copies of the package agree', () => {
    const foreign = Object.assign(new Error('x'), { name: 'TidemarkError', code: 'DENIED', docs: '' })
    expect(isTidemarkError(foreign)).toBe(true)
    expect(isTidemarkError(new TidemarkError('BUSY'))).toBe(true)
    expect(isTidemarkError(new Error('x'))).toBe(false)
    expect(isTidemarkError({ name: 'TidemarkError', code: 'DENIED', docs: '' })).toBe(false)
  })
})

describe('an issue', () => {
  it('has a path of JSON, whatever the validator gave', () => {
    const path = ['a', { key: 1 }, Symbol('s')]
    expect(issueFrom({ message: 'm', path }, ['row'])).toEqual({ message: 'm', path: ['row', 'a', 1, 'Symbol(s)'] })
    expect(issueText({ message: 'm' })).toBe('m')
  })
})
