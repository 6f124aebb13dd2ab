import type { SchemaModel } from '../schema/SchemaModel.js'
import { SchemaTable } from './SchemaTable.js'

/** How this schema's collections and fields are numbered on the wire. Texts have no number: they are not in rows. */
export function schemaTableOf(schema: SchemaModel): SchemaTable {
  return new SchemaTable(
    schema.collections.map(({ name, fields }) => ({
      name,
      fields: fields.filter(({ kind }) => kind !== 'text' && kind !== 'richText').map(field => field.name),
    })),
  )
}
