import { TidemarkError } from '../error/TidemarkError.js'

const maxIdLength = 128
const unusable = /[\p{Cc}\p{Surrogate}]/u

/** A record's id: 1 to 128 characters (UTF-16 units), no control characters, no lone surrogates. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= maxIdLength && !unusable.test(id)
}

/** The id, or INVALID. */
export function checkId(id: unknown): string {
  if (isId(id)) return id
  throw new TidemarkError('INVALID', undefined, { issues: [idIssue] })
}

export const idIssue = {
  path: ['id'],
  message: `an id is a string of 1 to ${maxIdLength} characters without control characters`,
} as const
