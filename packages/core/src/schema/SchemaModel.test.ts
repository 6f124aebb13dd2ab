import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pages, schema, tasks, tickets } from '../typetests/fixture.js'
import { type AnyCollection, collection } from './Collection.js'
import { modelOf } from './CollectionModel.js'
import { counter, decided, type Fields, richText, set, text } from './Field.js'
import { type OpenCollection, openCollection } from './OpenCollection.js'
import { defineSchema } from './SchemaDef.js'
import { checkCompatible } from './SchemaDescription.js'
import { schemaModelOf } from './SchemaModel.js'
import { withDefaults } from './withDefaults.js'

const schemaOf = (...collections: readonly (AnyCollection | OpenCollection)[]) =>
  schemaModelOf(defineSchema({ version: 1, collections }))
const fieldsOf = (fields: Fields, options = {}) => schemaOf(collection('x', fields as Record<string, never>, options))
const a = z.string()

describe('a schema', () => {
  it('has one model, with its collections by name', () => {
    const model = schemaModelOf(schema)
    expect(schemaModelOf(schema)).toBe(model)
    expect([...model.collectionByName.keys()]).toEqual(['tasks', 'tickets', 'seats', 'vtasks', 'pages'])
    expect(model.collectionByName.get('tasks')).toBe(modelOf(tasks))
    expect(model.version).toBe(1)
  })

  it('[C-SCHEMA-1] refuses two collections of one name, and a version that does not count', () => {
    expect(() => schemaOf(tasks, openCollection('tasks'))).toThrow(/Two collections are named "tasks"/)
    for (const version of [0, 1.5, Number.NaN, '1']) {
      expect(() => defineSchema({ version: version as number, collections: [] })).toThrow(/whole number/)
    }
  })

  it('[C-SCHEMA-9] has a hash of 16 hex digits that does not change', () => {
    expect(schemaOf(tickets, pages).hash).toBe('722ee2b1fdbf7782')
    expect(fieldsOf({ a }).hash).toBe(fieldsOf({ a: z.number().default(4) }).hash)
  })

  it('[C-SCHEMA-9] has another hash when a name, a kind, an order or an index is another', () => {
    const models = [
      fieldsOf({ a }),
      fieldsOf({ b: a }),
      fieldsOf({ a, b: a }),
      fieldsOf({ b: a, a }),
      fieldsOf({ a: decided(a) }),
      fieldsOf({ a: set(a) }),
      fieldsOf({ a: counter() }),
      fieldsOf({ a: text() }),
      fieldsOf({ a: richText() }),
      fieldsOf({ a }, { indexes: ['a'] }),
      fieldsOf({ a, b: a }, { indexes: ['a', 'b'] }),
      fieldsOf({ a, b: a }, { indexes: [['a', 'b']] }),
      schemaOf(openCollection('x')),
      schemaOf(tickets, pages),
      schemaOf(pages, tickets),
    ]
    expect(new Set(models.map(({ hash }) => hash)).size).toBe(models.length)
  })

  it('describes itself as JSON', () => {
    const described = schemaOf(tickets, pages).describe()
    expect(described).toEqual({
      version: 1,
      collections: {
        tickets: { open: false, fields: { event: 'register', owner: 'decided' }, indexes: [] },
        pages: { open: true, fields: {}, indexes: [] },
      },
    })
    expect(JSON.parse(JSON.stringify(described))).toEqual(described)
  })
})

describe('the next schema over the same store', () => {
  const check = (...fields: Fields[]) => {
    let stored = fieldsOf(fields[0] ?? {}).describe()
    for (const next of fields.slice(1)) stored = checkCompatible(stored, fieldsOf(next).describe())
    return stored
  }

  it('[C-SCHEMA-8] may add and drop fields and collections', () => {
    expect(() => check({ a }, { a, b: counter() }, { b: counter() }, { a })).not.toThrow()
    const both = checkCompatible(schemaOf(tickets).describe(), schemaOf(pages).describe())
    expect(Object.keys(both.collections)).toEqual(['tickets', 'pages'])
  })

  it('[C-SCHEMA-8] may not change the kind of a field, and is told which', () => {
    expect(() => check({ a }, { a: counter() })).toThrow(
      expect.objectContaining({
        code: 'INVALID_SCHEMA',
        message: 'The field x.a was register and is now counter: a new kind is a new name.',
      }),
    )
    expect(() => check({ a: text() }, { a: richText() })).toThrow(/x\.a was text and is now richText/)
    expect(() => check({ a }, { a: decided(a) })).toThrow(/x\.a was register and is now decided/)
  })

  it('[C-SCHEMA-8] may not give a dropped name another kind', () => {
    expect(() => check({ a }, {}, { a: counter() })).toThrow(/x\.a was register/)
  })

  it('[C-SCHEMA-8] may not open a collection or close it', () => {
    const open = schemaOf(openCollection('x')).describe()
    const closed = fieldsOf({ a }).describe()
    expect(() => checkCompatible(open, closed)).toThrow(/The collection x was open/)
    expect(() => checkCompatible(closed, open)).toThrow(/The collection x was one with fields/)
  })
})

describe('a row that is older than a field', () => {
  it('[C-SCHEMA-7] reads as having its default', () => {
    const values = { title: 'a', rank: 'r', status: 'done', $createdBy: 'alice' }
    expect(withDefaults(modelOf(tasks), values)).toEqual({
      ...values,
      assignee: null,
      dueAt: null,
      meta: { color: 'red', tags: [] },
      votes: 0,
      labels: [],
    })
    expect(values).not.toHaveProperty('votes')
  })

  it('[C-SCHEMA-7] a field without a default stays missing', () => {
    expect(withDefaults(modelOf(tickets), {})).toEqual({ owner: null })
  })

  it('is the same object when nothing is missing', () => {
    const values = { event: 'e', owner: null }
    expect(withDefaults(modelOf(tickets), values)).toBe(values)
  })
})
