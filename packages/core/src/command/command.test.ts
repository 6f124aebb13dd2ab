import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buyTicket, closeSale } from '../typetests/fixture.js'
import { type AnyCommand, command, commandDefinitionOf } from './Command.js'

const input = z.object({})

function define(options: object, name = 'x'): () => AnyCommand {
  return () => command(name, { input, run: () => undefined, ...options })
}

describe('a command', () => {
  it('keeps its name, input, rejections, expiry and run', () => {
    const definition = commandDefinitionOf(buyTicket)
    expect(definition).toMatchObject({ name: 'tickets.buy', expiresAfterMs: 900_000 })
    expect(Object.keys(definition.rejections)).toEqual(['SOLD', 'CLOSED'])
    expect(definition.input['~standard'].vendor).toBe('zod')
    expect(commandDefinitionOf(closeSale)).toMatchObject({ rejections: {}, expiresAfterMs: undefined })
  })

  it.each(['', '1', 'a/b', 'a b', 'ä'])('refuses %j as a name', name => {
    expect(define({}, name)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEMA' }))
  })

  it.each([
    ['input that is no validator', { input: {} }, /input/],
    ['a missing run', { run: undefined }, /run/],
    ['an expiry that is no time', { expiresAfterMs: 0 }, /expiresAfterMs/],
    ['an expiry of NaN', { expiresAfterMs: Number.NaN }, /expiresAfterMs/],
    ['a built-in rejection', { rejections: { NOT_FOUND: null } }, /NOT_FOUND is built in/],
    ['details that are no validator', { rejections: { SOLD: 'string' } }, /details of SOLD/],
    ['a rejection that every object has', { rejections: { toString: null } }, /toString/],
  ])('refuses %s', (_, options, why) => {
    expect(define(options)).toThrow(why)
  })

  it('[C-COMMAND-5] refuses an asynchronous run', () => {
    expect(define({ run: async () => 1 })).toThrow(/synchronous/)
    expect(define({ input: v.object({}), run: () => 1 })).not.toThrow()
  })

  it('is made by command()', () => {
    expect(() => commandDefinitionOf({ name: 'x' })).toThrow(/not made by command/)
  })
})
