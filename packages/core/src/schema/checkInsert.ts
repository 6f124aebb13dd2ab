import type { Issue } from '../error/Issue.js'
import { TidemarkError } from '../error/TidemarkError.js'
import { isPlainObject } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'
import type { CollectionModel } from './CollectionModel.js'
import { idIssue, isId } from './checkId.js'
import type { FieldModel } from './FieldModel.js'
import type { Checked } from './plainJson.js'
import { unknownKeyIssue } from './unknownKeyIssue.js'

/** Who writes: only commands and server code set decided fields. */
export interface WriteRights {
  readonly decided: boolean
}

export interface CheckedInsert {
  readonly id?: string
  /** Every field of the row, defaults filled in, sets normalised. */
  readonly values: Readonly<Record<string, Json>>
  /** What texts start with; they belong to the body. */
  readonly texts: Readonly<Record<string, string>>
}

/** What an insert really writes, or INVALID with every issue. A key that is `undefined` counts as left out. */
export function checkInsert(model: CollectionModel, input: unknown, rights: WriteRights): CheckedInsert {
  const result = insertFrom(model, input, rights)
  if ('issues' in result) throw new TidemarkError('INVALID', undefined, { issues: result.issues })
  return result.value
}

export function insertFrom(model: CollectionModel, input: unknown, rights: WriteRights): Checked<CheckedInsert> {
  if (!isPlainObject(input)) return { issues: [{ path: [], message: 'a record is inserted as a plain object' }] }
  const issues: Issue[] = []
  const values: Record<string, Json> = {}
  const texts: Record<string, string> = {}
  for (const key of Object.keys(input)) {
    if (key !== 'id' && !model.fieldByName.has(key)) issues.push(unknownKeyIssue(key))
  }
  const id = Object.hasOwn(input, 'id') ? input.id : undefined
  if (id !== undefined && !isId(id)) issues.push(idIssue)
  for (const field of model.fields) {
    const given = Object.hasOwn(input, field.name) ? input[field.name] : undefined
    const result = given === undefined ? startOf(field, rights) : givenFrom(field, given, rights)
    if (result === undefined) continue
    if ('issues' in result) {
      for (const { path, message } of result.issues) issues.push({ path: [field.name, ...path], message })
    } else if (field.kind === 'text') texts[field.name] = result.value as string
    else values[field.name] = result.value
  }
  if (issues.length > 0) return { issues }
  return { value: id === undefined ? { values, texts } : { id: id as string, values, texts } }
}

/** What a field that was left out starts with; `undefined`: nothing. */
function startOf(field: FieldModel, rights: WriteRights): Checked<Json> | undefined {
  if (field.kind === 'text' || field.kind === 'richText') return undefined
  if (field.defaultValue !== undefined) return { value: field.defaultValue }
  if (field.kind === 'decided' && !rights.decided) {
    return refused('a decided field without a default: insert in a command')
  }
  // Without a default the validator has an issue with `undefined`, and says it in its own words.
  const result = field.validate(undefined)
  return 'issues' in result ? result : refused('a value is needed')
}

function givenFrom(field: FieldModel, given: unknown, rights: WriteRights): Checked<Json> {
  if (field.kind === 'richText') return refused('rich text is edited through the body, after the insert')
  if (field.kind === 'decided' && !rights.decided) return refused('a decided field: only commands set it')
  return field.validate(given)
}

function refused(message: string): Checked<never> {
  return { issues: [{ path: [], message }] }
}
