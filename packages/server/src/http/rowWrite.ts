import { derivedId, isId, isPlainObject, type Json, type RowValues, type RowWrite } from '@tidemark/core'
import { HttpRefusal } from './HttpRefusal.js'

/** A write as it came: `{ op, collection, id?, values | patch }`. `index` is its place in a batch. */
export function rowWriteFrom(value: Json | undefined, writeId: string, index: number): RowWrite {
  if (!isPlainObject(value)) throw invalid('is an object of op, collection, id, values or patch')
  const { op, collection, id = op === 'insert' ? derivedId(writeId, index) : undefined, ...rest } = value
  if (typeof collection !== 'string') throw invalid('names a collection')
  if (!isId(id)) throw invalid('names the id of its record')
  switch (op) {
    case 'insert':
    case 'upsert':
      return { op, collection, id, values: partOf(rest, 'values') }
    case 'update':
      return { op, collection, id, patch: partOf(rest, 'patch') }
    case 'remove':
      if (Object.keys(rest).length > 0) throw invalid('has nothing beside op, collection and id to remove a record')
      return { op, collection, id }
    default:
      throw invalid('has an op: insert, upsert, update or remove')
  }
}

function partOf(rest: Record<string, unknown>, name: 'values' | 'patch'): RowValues {
  const part = rest[name]
  if (!isPlainObject(part) || Object.keys(rest).length > 1) throw invalid(`has ${name}, an object, and nothing else`)
  return part as RowValues
}

const invalid = (what: string): HttpRefusal => HttpRefusal.of('INVALID', `A write ${what}.`)
