import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { tasks } from '../typetests/fixture.js'
import { collection } from './Collection.js'
import { modelOf } from './CollectionModel.js'
import { counter, decided, type Fields, set, text } from './Field.js'
import { openCollection } from './OpenCollection.js'

/** A definition as JavaScript may write it, past the types. */
function define(fields: Record<string, unknown>, name = 'x', options = {}): () => unknown {
  return () => collection(name, fields as Fields, options)
}

describe('a collection', () => {
  it('keeps its fields in the order of declaration, with kind, number and default', () => {
    const seen = modelOf(tasks).fields.map(({ name, index, kind, defaultValue }) => [name, index, kind, defaultValue])
    expect(seen).toEqual([
      ['title', 0, 'register', undefined],
      ['status', 1, 'register', 'todo'],
      ['assignee', 2, 'register', null],
      ['rank', 3, 'register', undefined],
      ['dueAt', 4, 'register', null],
      ['meta', 5, 'register', { color: 'red', tags: [] }],
      ['votes', 6, 'counter', 0],
      ['labels', 7, 'set', []],
      ['notes', 8, 'text', undefined],
      ['body', 9, 'richText', undefined],
    ])
  })

  it('has one model, made once', () => {
    expect(modelOf(tasks)).toBe(modelOf(tasks))
    expect(modelOf(tasks)).toMatchObject({ name: 'tasks', open: false, hasBody: true })
    expect(modelOf(collection('plain', { a: z.string() })).hasBody).toBe(false)
    expect(modelOf(openCollection('pages'))).toMatchObject({ open: true, hasBody: true, fields: [] })
  })

  it('keeps its indexes as lists of fields', () => {
    expect(modelOf(tasks).indexes).toEqual([['status'], ['assignee'], ['labels'], ['$createdAt'], ['status', 'rank']])
  })

  it('takes defaults from any validator', () => {
    const model = modelOf(
      collection('v', { a: v.optional(v.boolean(), false), b: decided(v.nullish(v.string(), null)) }),
    )
    expect(model.fields.map(field => field.defaultValue)).toEqual([false, null])
  })

  it('a validator that makes a string of anything has no default', () => {
    expect(modelOf(collection('c', { a: z.coerce.string() })).fields[0]?.defaultValue).toBeUndefined()
  })

  it('gives records and lists as plain values', () => {
    const query = { where: { status: 'todo' as const }, limit: 5 }
    expect(tasks.record('t1')).toEqual({ collection: 'tasks', record: 't1' })
    expect(tasks.list(query)).toEqual({ collection: 'tasks', list: query })
    expect(tasks.where(query.where)).toEqual(query.where)
    expect(openCollection('pages').record('home')).toEqual({ collection: 'pages', record: 'home' })
  })

  it('refuses conditions and queries that its rows cannot answer', () => {
    const loose = tasks as unknown as { where(c: object): unknown; list(q: object): unknown }
    expect(() => loose.where({ stats: 'todo' })).toThrow(/stats/)
    expect(() => loose.where({ assignee: undefined })).toThrow(/undefined/)
    expect(() => loose.where({ notes: 'x' })).toThrow(/notes/)
    expect(() => loose.where({ labels: 'x' })).toThrow(/has/)
    expect(() => loose.list({ orderBy: 'labels' })).toThrow(/set/)
    expect(() => loose.list({ limit: 0 })).toThrow(/limit/)
  })
})

describe('a definition', () => {
  it.each(['id', 'and', 'or', 'not', '$x', '-x'])('[C-SCHEMA-1] refuses the reserved field name %s', name => {
    expect(define({ [name]: z.string() })).toThrow(/reserved/)
  })

  it.each(['constructor', 'toString', '__proto__'])('[C-SCHEMA-1] refuses the name %s that every object has', name => {
    const fields = Object.defineProperty({}, name, { value: z.string(), enumerable: true })
    expect(define(fields)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEMA' }))
    expect(define({}, name)).toThrow(expect.objectContaining({ code: 'INVALID_SCHEMA' }))
  })

  it.each(['', '1', 'a b', 'a"b', 'a.b', `a${'b'.repeat(64)}`])('[C-SCHEMA-1] refuses %j as a field name', name => {
    expect(define({ [name]: z.string() })).toThrow(/no field name/)
  })

  it.each(['', '1x', 'a/b', 'a b', `a${'b'.repeat(64)}`])('[C-SCHEMA-1] refuses %j as a collection name', name => {
    expect(define({}, name)).toThrow(/no collection name/)
    expect(() => openCollection(name)).toThrow(/no collection name/)
  })

  it('takes names of other alphabets and with hyphens', () => {
    expect(define({ größe: z.string(), _x: z.string(), 'due-at': z.string(), 標題: z.string() })).not.toThrow()
  })

  it('[C-SCHEMA-1] refuses what is no validator', () => {
    expect(define({ a: 'string' })).toThrow(/x\.a is no field/)
    expect(define({ a: null })).toThrow(/x\.a is no field/)
    expect(() => set({} as never)).toThrow(/set\(\)/)
    expect(() => decided('string' as never)).toThrow(/decided\(\)/)
  })

  it('[C-SCHEMA-1] refuses asynchronous validators, in sets and decided fields too', () => {
    const slow = v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    )
    const code = expect.objectContaining({
      code: 'INVALID_SCHEMA',
      message: expect.stringMatching(/x\.a.*asynchronous/),
    })
    expect(define({ a: slow })).toThrow(code)
    expect(define({ a: set(slow as never) })).toThrow(code)
    expect(define({ a: decided(slow as never) })).toThrow(code)
  })

  it('[C-SCHEMA-1] refuses an asynchronous validator at the first value where it hides until then', () => {
    const model = modelOf(collection('x', { a: z.string().refine(async () => true) }))
    const field = model.fields[0]
    expect(() => field?.kind === 'register' && field.validate('a')).toThrow(/x\.a.*asynchronous/)
  })

  it('[C-SCHEMA-1] refuses a default that differs from call to call', () => {
    let calls = 0
    expect(define({ a: z.number().default(() => ++calls) })).toThrow(/x\.a differs.*constant/)
  })

  it('[C-SCHEMA-1] refuses an index on what rows lack', () => {
    expect(define({ a: z.string() }, 'x', { indexes: ['b'] })).toThrow(/x cannot have an index on "b"/)
    expect(define({ a: z.string(), t: text() }, 'x', { indexes: [['a', 't']] })).toThrow(/"t"/)
    expect(define({ a: z.string(), c: counter() }, 'x', { indexes: [['a', 'c'], 'id', '$updatedBy'] })).not.toThrow()
  })
})
