import { TidemarkError } from '../error/TidemarkError.js'

/** Where in the query as written, for the message. */
export type QueryPath = readonly (string | number)[]

export function invalidQuery(path: QueryPath, message: string): TidemarkError {
  return new TidemarkError('INVALID', undefined, { issues: [{ path, message }] })
}
