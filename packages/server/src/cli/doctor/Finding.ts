import { type ErrorCode, errorEntry, isErrorCode, isTidemarkError } from '@tidemark/core'

/** What a check has found. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'problem' | 'skipped'
  /** What is, in a sentence. */
  readonly says: string
  /** Of a problem: what to do. */
  readonly mend?: string
  readonly code?: string
}

export const fine = (check: string, says: string): Finding => ({ check, status: 'ok', says })
export const skipped = (check: string, says: string): Finding => ({ check, status: 'skipped', says })

export function problem(check: string, code: ErrorCode, says: string, mend = errorEntry(code).sentence): Finding {
  return { check, status: 'problem', code, says, mend }
}

/** An error is a finding too. */
export function problemFrom(check: string, error: unknown): Finding {
  if (isTidemarkError(error) && isErrorCode(error.code)) return problem(check, error.code, error.message)
  const says = error instanceof Error ? error.message : String(error)
  return { check, status: 'problem', says, mend: 'This was not foreseen: the message is all there is to go by.' }
}
