import type { Json } from './Json.js'

/** Whether two JSON values are the same, whatever order their keys were written in. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const membersA = a as Readonly<Record<string, Json>>
  const membersB = b as Readonly<Record<string, Json>>
  return keys.every(key => Object.hasOwn(membersB, key) && equalJson(membersA[key] as Json, membersB[key] as Json))
}
