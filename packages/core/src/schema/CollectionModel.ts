import { TidemarkError } from '../error/TidemarkError.js'
import type { FieldLookup } from '../query/parseWhere.js'
import type { Fields } from './Field.js'
import { type FieldModel, fieldModelFrom } from './FieldModel.js'

/** A collection as both sides run it: built once per definition. */
export interface CollectionModel {
  readonly name: string
  /** Records have an empty row and a body of any Yjs content. */
  readonly open: boolean
  /** In the order of declaration. */
  readonly fields: readonly FieldModel[]
  readonly fieldByName: ReadonlyMap<string, FieldModel>
  readonly indexes: readonly (readonly string[])[]
  /** What queries may ask of a name. */
  readonly lookup: FieldLookup
  /** Whether its records can have a body at all. */
  readonly hasBody: boolean
}

/** What `collection` and `openCollection` keep. */
export interface CollectionDefinition {
  readonly name: string
  readonly open?: boolean
  readonly fields?: Fields
  readonly indexes?: readonly (readonly string[])[]
}

const modelByDefinition = new WeakMap<CollectionDefinition, CollectionModel>()

export function modelOf(definition: CollectionDefinition): CollectionModel {
  let model = modelByDefinition.get(definition)
  if (!model) {
    model = modelFrom(definition)
    modelByDefinition.set(definition, model)
  }
  return model
}

function modelFrom({ name, open = false, fields = {}, indexes = [] }: CollectionDefinition): CollectionModel {
  checkCollectionName(name)
  const models: FieldModel[] = []
  for (const [fieldName, field] of Object.entries(fields)) {
    checkFieldName(name, fieldName)
    models.push(fieldModelFrom(name, fieldName, models.length, field))
  }
  const fieldByName = new Map(models.map(model => [model.name, model]))
  const hasBody = open || models.some(({ kind }) => kind === 'text' || kind === 'richText')
  const lookup: FieldLookup = key => queryKindOf(fieldByName.get(key))
  for (const index of indexes) for (const key of index) checkIndexKey(name, key, lookup)
  return { name, open, fields: models, fieldByName, indexes, lookup, hasBody }
}

function queryKindOf(field: FieldModel | undefined): 'scalar' | 'set' | undefined {
  switch (field?.kind) {
    case undefined:
    case 'text':
    case 'richText':
      return undefined
    case 'set':
      return 'set'
    default:
      return 'scalar'
  }
}

/** Names stand in addresses and in SQL. */
const collectionName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
const fieldName = /^[\p{L}_][\p{L}\p{M}\p{N}_-]{0,63}$/u
const metadataKeys = new Set(['id', '$createdAt', '$createdBy', '$updatedAt', '$updatedBy'])
const reserved = new Set(['id', 'and', 'or', 'not'])

function checkCollectionName(name: string): void {
  if (typeof name === 'string' && collectionName.test(name) && !(name in Object.prototype)) return
  throw new TidemarkError(
    'INVALID_SCHEMA',
    `${JSON.stringify(name)} is no collection name: a letter, then up to 63 letters, digits, "_", "-" or ".".`,
  )
}

function checkFieldName(collection: string, name: string): void {
  const label = `${collection}.${name}`
  if (reserved.has(name) || name.startsWith('$') || name.startsWith('-')) {
    throw new TidemarkError('INVALID_SCHEMA', `${label}: "${name}" is a reserved field name, choose another.`)
  }
  if (name in Object.prototype) {
    throw new TidemarkError('INVALID_SCHEMA', `${label}: every JavaScript object has a "${name}", choose another name.`)
  }
  if (!fieldName.test(name)) {
    throw new TidemarkError(
      'INVALID_SCHEMA',
      `${label} is no field name: a letter or "_", then up to 63 letters, digits, "_" or "-".`,
    )
  }
}

function checkIndexKey(collection: string, key: string, lookup: FieldLookup): void {
  if (metadataKeys.has(key) || lookup(key) !== undefined) return
  throw new TidemarkError('INVALID_SCHEMA', `${collection} cannot have an index on "${key}": rows have no such field.`)
}
