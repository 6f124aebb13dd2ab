import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  collection,
  defineSchema,
  parseQuery,
  type SchemaDef,
  type SchemaModel,
  schemaModelOf,
  set,
} from '@tidemark/core'
import type Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CollectionKeys } from './CollectionKeys.js'
import { compileList } from './compileQuery.js'
import { declareIndexes } from './declareIndexes.js'
import { openDatabase } from './openDatabase.js'

const fields = {
  title: z.string(),
  status: z.string().default('todo'),
  votes: z.number(),
  owner: z.string().nullable(),
  labels: set(z.string()),
}
const schemaWith = (indexes: (keyof typeof fields | '$updatedAt' | (keyof typeof fields)[])[], version = 1) =>
  defineSchema({ version, collections: [collection('notes', fields), collection('tasks', fields, { indexes })] })

let dir: string
let db: Database.Database

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-indexes-'))
})

afterEach(() => {
  db.close()
  rmSync(dir, { recursive: true })
})

function open(schema: SchemaDef): SchemaModel {
  const model = schemaModelOf(schema)
  db = openDatabase(dir, model)
  declareIndexes(db, model, new CollectionKeys(db))
  return model
}

function planOf(schema: SchemaModel, query: object, after?: readonly (string | number | null)[]): string {
  const key = new CollectionKeys(db).make('tasks')
  const collectionOf = { key, model: schema.collectionByName.get('tasks') }
  const { sql, parameters } = compileList(collectionOf, 1, parseQuery(query), after)
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
  return steps.map(({ detail }) => detail).join('\n')
}

const indexNames = () =>
  db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE name GLOB 'declared_*' ORDER BY name").pluck().all()

describe('declared indexes', () => {
  it('[S-STORE-22] equality on a declared field is looked up, and what it finds stands in the order of ids', () => {
    const schema = open(schemaWith(['status', 'votes']))
    const plan = planOf(schema, { where: { status: 'done' } })
    expect(plan).toMatch(/^SEARCH record USING INDEX declared_\w+ \(workspace=\? AND <expr>=\? AND <expr>=\?\)$/)
    expect(planOf(schema, { where: { votes: { in: [1, 2] } } })).toMatch(/SEARCH record USING INDEX declared_/)
    expect(planOf(schema, { where: { votes: { gt: 3, lte: 5 } } })).toMatch(/SEARCH record USING INDEX declared_/)
    expect(planOf(schema, { where: { status: { startsWith: 'do' } } })).toMatch(/SEARCH record USING INDEX declared_/)
  })

  it('[S-STORE-22] a compound index serves equality and order together, without sorting', () => {
    const schema = open(schemaWith([['status', 'votes']]))
    const where = { status: 'done', owner: { ne: 'bob' } }
    for (const orderBy of [['votes'], ['-votes', '-id'], ['votes', 'id']]) {
      const plan = planOf(schema, { where, orderBy, limit: 50 })
      expect(plan).toMatch(/^SEARCH record USING INDEX declared_\w+ \(workspace=\? AND <expr>=\? AND <expr>=\?\)$/)
    }
    expect(planOf(schema, { where, orderBy: '-votes', limit: 50 })).toMatch(
      /^SEARCH record USING INDEX declared_.*\nUSE TEMP B-TREE FOR LAST TERM OF ORDER BY$/,
    )
    expect(planOf(schema, { where, orderBy: 'votes', limit: 50 }, [3, 'a'])).toMatch(
      /^SEARCH record USING INDEX declared_\w+ [^\n]*$/,
    )
  })

  it('[S-STORE-22] an index serves the order alone, too', () => {
    const schema = open(schemaWith(['$updatedAt']))
    expect(planOf(schema, { orderBy: ['-$updatedAt', '-id'], limit: 20 })).toMatch(
      /^SEARCH record USING INDEX declared_\w+ \(workspace=\?\)$/,
    )
  })

  it('[S-STORE-22] the order of ids needs none', () => {
    const schema = open(schemaWith([]))
    const plan = planOf(schema, { where: { status: 'done' }, limit: 20 })
    expect(plan).toBe('SEARCH record USING INDEX sqlite_autoindex_record_1 (workspace=? AND collection=?)')
  })

  it('a set ends an index, for a row has many elements', () => {
    open(schemaWith(['labels', ['status', 'labels', 'votes'], ['votes', 'labels']]))
    expect(indexNames()).toHaveLength(2)
  })

  it('[S-STORE-22] another schema drops what it does not declare and makes what is new', () => {
    open(schemaWith(['status', 'votes']))
    const first = indexNames()
    db.close()
    open(schemaWith(['votes', 'owner'], 2))
    const second = indexNames()
    expect(second).toHaveLength(2)
    expect(second.filter(name => first.includes(name))).toHaveLength(1)
  })
})
