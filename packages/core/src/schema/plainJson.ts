import type { Issue } from '../error/Issue.js'
import { checkJson, isPlainObject } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'

export type Checked<T> = { readonly value: T } | { readonly issues: readonly Issue[] }

/** Deeper than `checkJson` accepts: whatever lies below is refused there and need not be copied. */
const maxDepth = 65

/**
 * The value as JSON of our own: later changes to the caller's objects do not reach it. A member that is `undefined`
 * is left out, as JSON does; everything else that JSON cannot hold is an issue.
 */
export function plainJson(value: unknown): Checked<Json> {
  const copy = typeof value === 'object' && value !== null ? copyOf(value, 0) : value
  const problem = checkJson(copy)
  return problem ? { issues: [{ path: problem.path, message: problem.message }] } : { value: copy as Json }
}

function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (Array.isArray(value)) return Array.from(value, member => copyOf(member, depth + 1))
  if (!isPlainObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const member = value[key]
    // `__proto__` would set the copy's prototype: it must stay a key so that the check sees it.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: null, enumerable: true })
    else if (member !== undefined) copy[key] = copyOf(member, depth + 1)
  }
  return copy
}
