import type { Issue } from '../error/Issue.js'
import { checkJson, isPlainObject } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'

export type Checked<T> = { readonly value: T } | { readonly issues: readonly Issue[] }

/** As deep as `checkJson` accepts. */
const maxDepth = 64
const tooDeep = Symbol('too deep')

/**
 * The value as JSON of our own: later changes to the caller's objects do not reach it. A member that is `undefined`
 * is left out, as JSON does; everything else that JSON cannot hold is an issue.
 */
export function plainJson(value: unknown): Checked<Json> {
  const copy = copyOf(value, 0)
  const problem = checkJson(copy === tooDeep ? value : copy)
  return problem ? { issues: [{ path: problem.path, message: problem.message }] } : { value: copy as Json }
}

/** Gives up at once when it is too deep, so that a cycle is not walked along all its branches. */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return value
  if (depth >= maxDepth) return tooDeep
  return isList ? listCopy(value, depth) : objectCopy(value, depth)
}

function listCopy(list: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = []
  for (let index = 0; index < list.length; index++) {
    const member = copyOf(list[index], depth + 1)
    if (member === tooDeep) return tooDeep
    copy.push(member)
  }
  return copy
}

function objectCopy(object: Record<string, unknown>, depth: number): unknown {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const member = copyOf(object[key], depth + 1)
    if (member === tooDeep) return tooDeep
    // `__proto__` would set the copy's prototype: it must stay a key so that the check sees it.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: null, enumerable: true })
    else if (member !== undefined) copy[key] = member
  }
  return copy
}
