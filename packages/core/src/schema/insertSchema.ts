import type { CollectionModel } from './CollectionModel.js'
import { insertFrom } from './checkInsert.js'
import type { Checked } from './plainJson.js'
import type { Schema } from './Schema.js'

/** What a client may insert, as a Standard Schema: for form libraries. Its output can be inserted as it is. */
export function insertSchema<T>(modelOfIt: () => CollectionModel): Schema<T, T> {
  const validate = (input: unknown): Checked<T> => {
    const model = modelOfIt()
    const result = insertFrom(model, input, { decided: false })
    if ('issues' in result) return result
    const { id, values, texts } = result.value
    const row: Record<string, unknown> = id === undefined ? {} : { id }
    for (const [name, value] of Object.entries(values)) {
      if (model.fieldByName.get(name)?.kind !== 'decided') row[name] = value
    }
    return { value: Object.assign(row, texts) as T }
  }
  return Object.freeze({ '~standard': Object.freeze({ version: 1 as const, vendor: 'tidemark', validate }) })
}
