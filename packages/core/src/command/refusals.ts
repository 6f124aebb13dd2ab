import { type ErrorCode, errors } from '../error/errors.js'
import { issueFrom } from '../error/Issue.js'
import { isTidemarkError, type TidemarkError } from '../error/TidemarkError.js'
import type { Json } from '../json/Json.js'
import type { Refusal } from '../mutation/Answer.js'
import type { RejectableCode } from './Outcome.js'

const rejectableCodes: Readonly<Record<RejectableCode, true>> = {
  NOT_FOUND: true,
  EXISTS: true,
  DENIED: true,
  INVALID: true,
}
/** What else a write can meet that is its own fault. It is told as INVALID, in the error's words. */
const otherFaults: ReadonlySet<string> = new Set<ErrorCode>(['INVALID_SCHEMA', 'ROW_TOO_LARGE', 'BODY_TOO_LARGE'])

/** Whether a command may reject with the built-in code. */
export function isRejectable(code: string): code is RejectableCode {
  return Object.hasOwn(rejectableCodes, code)
}

/** Whether a write failed by what was written: the same write fails again, so this is an answer. */
export function isWriteFault(error: unknown): error is TidemarkError {
  return isTidemarkError(error) && (isRejectable(error.code) || otherFaults.has(error.code))
}

/** A built-in rejection; its message is the details' or the table's. */
export function builtInRefusal(code: RejectableCode, details: Readonly<Record<string, Json>> = {}): Refusal {
  const { message } = details
  return { code, details, message: typeof message === 'string' ? message : errors[code].sentence }
}

/** A write fault as the rejection of its mutation. */
export function refusalFromError({ code, message, issues }: TidemarkError): Refusal {
  const details = issues ? { message, issues: issues.map(issue => ({ ...issueFrom(issue) })) } : { message }
  return { code: isRejectable(code) ? code : 'INVALID', details, message }
}
