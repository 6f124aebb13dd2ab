import { TidemarkError } from '../error/TidemarkError.js'
import { canonicalJson } from '../json/canonicalJson.js'
import { hash64 } from '../json/hashText.js'
import type { Json } from '../json/Json.js'
import { type CollectionDefinition, type CollectionModel, modelOf } from './CollectionModel.js'
import type { SchemaDescription } from './SchemaDescription.js'

/** A schema as both sides run it: built once per definition. */
export interface SchemaModel {
  readonly version: number
  /** Equal on both sides if names, kinds, their order and indexes are: then both number them alike. 16 hex digits. */
  readonly hash: string
  readonly collections: readonly CollectionModel[]
  readonly collectionByName: ReadonlyMap<string, CollectionModel>
  describe(): SchemaDescription
}

interface SchemaDefinition {
  readonly version: number
  readonly collections: readonly CollectionDefinition[]
}

const modelByDefinition = new WeakMap<SchemaDefinition, SchemaModel>()

export function schemaModelOf(definition: SchemaDefinition): SchemaModel {
  let model = modelByDefinition.get(definition)
  if (!model) {
    model = modelFrom(definition)
    modelByDefinition.set(definition, model)
  }
  return model
}

function modelFrom({ version, collections }: SchemaDefinition): SchemaModel {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new TidemarkError('INVALID_SCHEMA', `A schema's version is a whole number from 1, not ${version}.`)
  }
  const collectionByName = new Map<string, CollectionModel>()
  for (const definition of collections) {
    const model = modelOf(definition)
    if (collectionByName.has(model.name)) {
      throw new TidemarkError('INVALID_SCHEMA', `Two collections are named "${model.name}": rename one.`)
    }
    collectionByName.set(model.name, model)
  }
  const models = [...collectionByName.values()]
  return {
    version,
    hash: hash64(canonicalJson(shapeOf(models))),
    collections: models,
    collectionByName,
    describe: () => describe(version, models),
  }
}

/** Arrays throughout: the wire numbers collections and fields by their order. */
function shapeOf(models: readonly CollectionModel[]): Json {
  return models.map(({ name, open, fields, indexes }) => [
    name,
    open,
    fields.map(field => [field.name, field.kind]),
    indexes,
  ])
}

function describe(version: number, models: readonly CollectionModel[]): SchemaDescription {
  const collections = models.map(({ name, open, fields, indexes }) => {
    const kinds = Object.fromEntries(fields.map(field => [field.name, field.kind]))
    return [name, { open, fields: kinds, indexes }] as const
  })
  return { version, collections: Object.fromEntries(collections) }
}
