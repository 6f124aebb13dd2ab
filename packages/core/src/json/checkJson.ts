export interface JsonProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const maxDepth = 64
const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** A key that would reach an object's prototype when it is assigned. */
export const isPrototypeKey = (key: string): boolean => prototypeKeys.has(key)

// Under the u flag a surrogate pair is one code point, so \p{Surrogate} finds lone ones only.
const unstorable = /[\0\p{Surrogate}]/u

/**
 * Says what keeps a value from being stored as JSON and read back as itself by every store, or undefined.
 * Refused: U+0000 and lone surrogates (also in keys), NaN, infinities, −0, undefined, functions, holes, objects
 * that are not plain, prototype keys, and nesting beyond 64 (so cycles too).
 */
export function checkJson(value: unknown): JsonProblem | undefined {
  return problemAt(value, [])
}

function problemAt(value: unknown, path: (string | number)[]): JsonProblem | undefined {
  switch (typeof value) {
    case 'string':
      return unstorable.test(value) ? refused(path, 'contains U+0000 or a lone surrogate') : undefined
    case 'number':
      if (!Number.isFinite(value)) return refused(path, `is ${value}, which JSON cannot hold`)
      return Object.is(value, -0) ? refused(path, 'is −0, which does not survive JSON: use 0') : undefined
    case 'boolean':
      return undefined
    case 'object':
      if (value === null) return undefined
      if (path.length >= maxDepth) return refused(path, `is nested deeper than ${maxDepth}`)
      return Array.isArray(value) ? problemInArray(value, path) : problemInObject(value, path)
    default:
      return refused(path, `is ${typeof value}, not JSON`)
  }
}

function problemInArray(values: readonly unknown[], path: (string | number)[]): JsonProblem | undefined {
  for (let index = 0; index < values.length; index++) {
    path.push(index)
    const problem = problemAt(values[index], path)
    if (problem) return problem
    path.pop()
  }
  return undefined
}

function problemInObject(value: object, path: (string | number)[]): JsonProblem | undefined {
  if (!isPlainObject(value)) return refused(path, 'is an object of a class, not a plain one')
  for (const key of Object.keys(value)) {
    path.push(key)
    if (prototypeKeys.has(key)) return refused(path, 'is a key that JSON may not use here')
    if (unstorable.test(key)) return refused(path, 'is a key with U+0000 or a lone surrogate')
    const problem = problemAt((value as Record<string, unknown>)[key], path)
    if (problem) return problem
    path.pop()
  }
  return undefined
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // A plain object of another realm (an iframe, a vm context) has an Object.prototype that is not ours.
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

function refused(path: readonly (string | number)[], message: string): JsonProblem {
  return { path: [...path], message }
}
