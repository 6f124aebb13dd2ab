import { type ErrorCode, errorEntry, isErrorCode, isTidemarkError } from '@tidemark/core'
import { type HttpReply, jsonReply } from './HttpReply.js'

/** A request that cannot be served as it is. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }

  static of(code: ErrorCode, message = errorEntry(code).sentence): HttpRefusal {
    const headers = errorEntry(code).retry === 'after' ? { 'retry-after': '1' } : {}
    return new HttpRefusal(statusOf(code), code, message, headers)
  }

  get reply(): HttpReply {
    const { status, code, message, headers } = this
    return jsonReply(status, { status: 'refused', code, message }, headers)
  }
}

/** What says no to a request; the rest of the codes never meets one, or is a decision (409). */
const statusByCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID: 422,
  ROW_TOO_LARGE: 422,
  BODY_TOO_LARGE: 422,
  DENIED: 403,
  FORBIDDEN: 403,
  UNAUTHORIZED: 401,
  UNKNOWN_WORKSPACE: 404,
  FRAME_TOO_LARGE: 413,
  TOO_FAST: 429,
  BUSY: 429,
  DRAINING: 503,
  STORE_FAILED: 503,
  CLOSED: 503,
  INTERNAL: 500,
}

/** The HTTP status of a code: 409 for what was decided against. */
export function statusOf(code: string): number {
  return (isErrorCode(code) ? statusByCode[code] : undefined) ?? 409
}

/** The refusal in an error; undefined if it is a fault of ours. */
export function refusalFromError(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error
  if (!isTidemarkError(error) || !isErrorCode(error.code)) return undefined
  return HttpRefusal.of(error.code, error.message)
}
