import type { ErrorCode } from '@tidemark/core'

/** Why there is no connection. What to do is the sentence of the code. */
export interface RedisFault {
  readonly code: ErrorCode
  readonly says: string
}

/** What an error of Redis, of the network or of the client means. */
export function redisFault(error: unknown, where: string): RedisFault {
  const said = wordsOf(error)
  if (/NOAUTH|WRONGPASS|NOPERM|invalid password|invalid username/i.test(said)) {
    return { code: 'REDIS_REFUSED', says: `Redis at ${where} refuses this user (${said}).` }
  }
  if (/unknown command|cluster support disabled/i.test(said)) {
    const is = /cluster/i.test(said) ? 'is no cluster' : 'is too old: sharded pub/sub needs 7'
    return { code: 'REDIS_UNFIT', says: `Redis at ${where} ${is} (${said}).` }
  }
  return { code: 'REDIS_AWAY', says: `Redis at ${where} cannot be used (${said}).` }
}

/** The innermost cause says most; several addresses of one name fail with one error each. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  const inner = error.cause ?? ('lastNodeError' in error ? error.lastNodeError : undefined)
  if (inner !== undefined) return wordsOf(inner)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message === '' ? code || error.name : error.message
}
