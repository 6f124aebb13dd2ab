import { type Issue, issueFrom } from '../error/Issue.js'
import { TidemarkError } from '../error/TidemarkError.js'
import type { Schema } from './Schema.js'

/**
 * Runs a validator that must answer at once: rows are checked in the same tick in which they are written.
 * A validator that throws has refused the value; one that answers with a promise is a wrong schema (zod answers so when
 * a refinement throws).
 */
export function validateSync(
  schema: Schema,
  value: unknown,
  of: string,
): { readonly value: unknown } | { readonly issues: readonly Issue[] } {
  let result: ReturnType<Schema['~standard']['validate']>
  try {
    result = schema['~standard'].validate(value)
  } catch (error) {
    return { issues: [{ path: [], message: `the validator threw: ${String(error)}` }] }
  }
  if (isThenable(result)) {
    result.then(ignore, ignore)
    throw new TidemarkError(
      'INVALID_SCHEMA',
      `The validator of ${of} answers with a promise: it is asynchronous, or it throws. Use one that reports issues at once.`,
    )
  }
  return result.issues ? { issues: result.issues.map(issue => issueFrom(issue)) } : { value: result.value }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** A promise that nobody awaits must not end the process when it fails. */
export function ignore(): void {}
