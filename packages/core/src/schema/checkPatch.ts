import type { Issue } from '../error/Issue.js'
import { TidemarkError } from '../error/TidemarkError.js'
import { isPlainObject } from '../json/checkJson.js'
import { isScalar, type Scalar } from '../json/Json.js'
import { sortElements } from '../row/editValues.js'
import type { FieldEdit, FieldEdits } from '../row/FieldEdit.js'
import type { CollectionModel } from './CollectionModel.js'
import type { WriteRights } from './checkInsert.js'
import { countFrom, type FieldModel, type SetModel } from './FieldModel.js'
import { type Checked, plainJson } from './plainJson.js'
import { unknownKeyIssue } from './unknownKeyIssue.js'

/** What a patch does to each field it names, or INVALID with every issue. `undefined` is no value. */
export function checkPatch(model: CollectionModel, patch: unknown, rights: WriteRights): FieldEdits {
  if (!isPlainObject(patch)) {
    throw new TidemarkError('INVALID', undefined, { issues: [{ path: [], message: 'a patch is a plain object' }] })
  }
  const issues: Issue[] = []
  const edits: Record<string, FieldEdit> = {}
  for (const key of Object.keys(patch)) {
    const result = editFrom(model.fieldByName.get(key), key, patch[key], rights)
    if ('issues' in result)
      for (const { path, message } of result.issues) issues.push({ path: [key, ...path], message })
    else edits[key] = result.value
  }
  if (issues.length > 0) throw new TidemarkError('INVALID', undefined, { issues })
  return edits
}

function editFrom(field: FieldModel | undefined, key: string, given: unknown, rights: WriteRights): Checked<FieldEdit> {
  if (key === 'id') return refused('an id never changes')
  if (!field) return refused(unknownKeyIssue(key).message)
  if (given === undefined) return refused('undefined is no value: leave the key out, or give null where it is allowed')
  switch (field.kind) {
    case 'text':
    case 'richText':
      return refused('text is edited through the body, not by a patch')
    case 'counter':
      return incrementFrom(given)
    case 'set':
      return Array.isArray(given) ? replacementFrom(field, given) : elementsFrom(field, given)
    case 'decided':
      if (!rights.decided) return refused('a decided field: only commands set it')
  }
  const result = field.validate(given)
  return 'issues' in result ? result : { value: { kind: 'set', value: result.value } }
}

function incrementFrom(given: unknown): Checked<FieldEdit> {
  if (!isPlainObject(given) || Object.keys(given).join() !== 'increment') {
    return refused('a counter is changed by { increment: number }')
  }
  const result = countFrom(given.increment)
  if ('issues' in result) return under('increment', result.issues)
  return { value: { kind: 'increment', by: result.value } }
}

function replacementFrom(field: SetModel, given: readonly unknown[]): Checked<FieldEdit> {
  const result = field.validate(given)
  return 'issues' in result ? result : { value: { kind: 'replaceElements', elements: result.value } }
}

function elementsFrom(field: SetModel, given: unknown): Checked<FieldEdit> {
  if (!isPlainObject(given) || !Object.keys(given).every(key => key === 'add' || key === 'remove')) {
    return refused('a set is changed by an array, or by { add, remove }')
  }
  const add = field.validate(given.add ?? [])
  if ('issues' in add) return under('add', add.issues)
  const remove = removedFrom(field, given.remove ?? [])
  if ('issues' in remove) return under('remove', remove.issues)
  const both = add.value.find(element => remove.value.includes(element))
  if (both !== undefined) return refused(`${JSON.stringify(both)} is both added and removed`)
  return { value: { kind: 'elements', add: add.value, remove: remove.value } }
}

/** An element that the validator no longer accepts can still be taken out. */
function removedFrom(field: SetModel, given: unknown): Checked<readonly Scalar[]> {
  if (!Array.isArray(given)) return refused('the elements to remove are given as an array')
  const elements: Scalar[] = []
  for (let at = 0; at < given.length; at++) {
    const result = field.validateElement(given[at])
    const json = 'issues' in result ? plainJson(given[at]) : result
    if ('issues' in json) return { issues: json.issues.map(({ path, message }) => ({ path: [at, ...path], message })) }
    if (!isScalar(json.value))
      return under(at, [{ path: [], message: 'set elements are strings, numbers or booleans' }])
    elements.push(json.value)
  }
  return { value: sortElements([...new Set(elements)]) }
}

function under(key: string | number, issues: readonly Issue[]): Checked<never> {
  return { issues: issues.map(({ path, message }) => ({ path: [key, ...path], message })) }
}

function refused(message: string): Checked<never> {
  return { issues: [{ path: [], message }] }
}
