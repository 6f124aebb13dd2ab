import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type ErrorCode, errorEntry } from './errors.js'
import { issueText } from './Issue.js'

export interface TidemarkErrorOptions {
  readonly issues?: readonly StandardSchemaV1.Issue[]
  readonly details?: unknown
  readonly cause?: unknown
}

/**
 * The one error class: a stable `code`, a message that says what to do, a link that explains.
 *
 * Without a message of its own it takes the table's sentence, behind its issues where there are any.
 */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError'
  readonly code: string
  readonly docs: string
  declare readonly issues?: readonly StandardSchemaV1.Issue[]
  declare readonly details?: unknown

  constructor(code: ErrorCode, message?: string, options: TidemarkErrorOptions = {}) {
    super(message ?? messageOf(code, options.issues), 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.docs = `https://tidemark.dev/errors/${code}`
    if (options.issues !== undefined) this.issues = options.issues
    if (options.details !== undefined) this.details = options.details
  }
}

function messageOf(code: ErrorCode, issues: readonly StandardSchemaV1.Issue[] = []): string {
  const { sentence } = errorEntry(code)
  return issues.length === 0 ? sentence : `${issues.map(issueText).join('; ')}. ${sentence}`
}

/** True also for an error of another copy of this package. */
export function isTidemarkError(error: unknown): error is TidemarkError {
  return error instanceof Error && error.name === 'TidemarkError' && 'code' in error && 'docs' in error
}
