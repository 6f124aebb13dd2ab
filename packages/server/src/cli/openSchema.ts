import { type CollectionModel, isTidemarkError, modelOf, openCollection, type SchemaModel } from '@tidemark/core'

/**
 * A schema in which every collection is there, and open: for a node without a configuration. Its list of
 * collections is empty, so native clients, which number them, have nothing to ask for.
 */
export function openSchema(): SchemaModel {
  return {
    version: 1,
    hash: 'open',
    collections: [],
    collectionByName: new OpenCollections(),
    describe: () => ({ version: 1, collections: {} }),
  }
}

/** Names are strangers' to choose: so many models are kept, then they are made anew. */
const maxKept = 1_000

class OpenCollections extends Map<string, CollectionModel> {
  override get(name: string): CollectionModel | undefined {
    const known = super.get(name)
    if (known !== undefined) return known
    const model = modelNamed(name)
    if (model === undefined) return undefined
    if (this.size >= maxKept) this.clear()
    this.set(name, model)
    return model
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined
  }
}

function modelNamed(name: string): CollectionModel | undefined {
  try {
    return modelOf(openCollection(name))
  } catch (error) {
    if (isTidemarkError(error)) return undefined
    throw error
  }
}
