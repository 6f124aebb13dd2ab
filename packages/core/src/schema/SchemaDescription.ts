import { TidemarkError } from '../error/TidemarkError.js'

export interface CollectionDescription {
  readonly open: boolean
  /** Kinds by field name. */
  readonly fields: Readonly<Record<string, string>>
  readonly indexes: readonly (readonly string[])[]
}

/** A schema as plain JSON: what a node stores, to compare the next one with. */
export interface SchemaDescription {
  readonly version: number
  readonly collections: Readonly<Record<string, CollectionDescription>>
}

/**
 * The description to store from now on, or INVALID_SCHEMA: a field never changes its kind. Collections and fields
 * may come and go; a name that was used once keeps its kind, for old rows and bodies still hold its content.
 */
export function checkCompatible(stored: SchemaDescription, current: SchemaDescription): SchemaDescription {
  const collections: Record<string, CollectionDescription> = { ...stored.collections }
  for (const [name, now] of Object.entries(current.collections)) {
    const before = Object.hasOwn(stored.collections, name) ? stored.collections[name] : undefined
    if (before && before.open !== now.open) {
      const [was, is] = before.open ? ['open', 'one with fields'] : ['one with fields', 'open']
      throw new TidemarkError(
        'INVALID_SCHEMA',
        `The collection ${name} was ${was} and is now ${is}: a new kind is a new name.`,
      )
    }
    collections[name] = { ...now, fields: fieldsOf(name, before?.fields ?? {}, now.fields) }
  }
  return { version: current.version, collections }
}

type Kinds = CollectionDescription['fields']

function fieldsOf(collection: string, before: Kinds, now: Kinds): Kinds {
  for (const [name, kind] of Object.entries(now)) {
    const was = Object.hasOwn(before, name) ? before[name] : undefined
    if (was === undefined || was === kind) continue
    throw new TidemarkError(
      'INVALID_SCHEMA',
      `The field ${collection}.${name} was ${was} and is now ${kind}: a new kind is a new name.`,
    )
  }
  return { ...before, ...now }
}
