import { isTidemarkError, TidemarkError } from '@tidemark/core'

/** What a failure of IndexedDB means to whoever writes: no space, or a database that does not work (any more). */
export function storageError(...causes: readonly unknown[]): TidemarkError {
  const known = causes.find(isTidemarkError)
  if (known !== undefined) return known
  const full = causes.find(cause => nameOf(cause) === 'QuotaExceededError')
  if (full !== undefined) return new TidemarkError('STORAGE_FULL', undefined, { cause: full })
  return new TidemarkError('STORAGE_FAILED', undefined, { cause: causes[0] })
}

const nameOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'name' in cause ? cause.name : undefined
