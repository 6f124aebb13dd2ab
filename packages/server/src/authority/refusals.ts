import { type Issue, isTidemarkError, type Json, type Refusal, type TidemarkError } from '@tidemark/core'

/** Thrown while a mutation is decided, and caught where it ends: the mutation is rejected with this. */
export class RefusedSignal extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message)
  }
}

export function refuse(code: string, message: string, details: Json = { message }): never {
  throw new RefusedSignal({ code, details, message })
}

/** What a thrown refusal or a write's fault says; anything else is ours and is thrown on. */
export function refusalFrom(error: unknown): Refusal {
  if (error instanceof RefusedSignal) return error.refusal
  if (isTidemarkError(error) && error.code === 'INVALID') {
    const issues = (error.issues ?? []).map(plainIssue)
    return { code: 'INVALID', message: error.message, details: { message: error.message, issues } }
  }
  throw error
}

function plainIssue({ path, message }: Issue | TidemarkIssue): Json {
  const steps = (path ?? []).map(step => (typeof step === 'object' ? String(step.key) : step))
  return { path: steps.map(step => (typeof step === 'number' ? step : String(step))), message }
}

type TidemarkIssue = NonNullable<TidemarkError['issues']>[number]
