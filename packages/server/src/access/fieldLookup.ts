import type { CollectionModel, FieldLookup } from '@tidemark/core'

/** What a collection's fields can be filtered by. Text has no value in rows. */
export function fieldLookupOf(model: CollectionModel): FieldLookup {
  return name => {
    const kind = model.fieldByName.get(name)?.kind
    if (kind === undefined || kind === 'text' || kind === 'richText') return undefined
    return kind === 'set' ? 'set' : 'scalar'
  }
}
