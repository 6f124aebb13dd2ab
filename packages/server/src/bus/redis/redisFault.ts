import { type ErrorCode, errorEntry } from '@tidemark/core'

/** Why there is no connection, in a sentence that says what to do. */
export interface RedisFault {
  readonly code: ErrorCode
  readonly message: string
}

/** What an error of Redis, of the network or of the client means. */
export function redisFault(error: unknown, where: string): RedisFault {
  const said = wordsOf(error)
  if (/NOAUTH|WRONGPASS|NOPERM|invalid password|invalid username/i.test(said)) {
    return fault('REDIS_REFUSED', `Redis at ${where} refuses this user (${said})`)
  }
  if (/unknown command|cluster support disabled/i.test(said)) {
    const needed = /cluster/i.test(said)
      ? 'is no cluster: leave out cluster: true'
      : 'is too old: sharded pub/sub needs 7'
    return fault('REDIS_UNFIT', `Redis at ${where} ${needed} (${said})`)
  }
  return fault('REDIS_AWAY', `Redis at ${where} cannot be used (${said})`)
}

const fault = (code: ErrorCode, what: string): RedisFault => ({
  code,
  message: `${what}. ${errorEntry(code).sentence}`,
})

/** The innermost cause says most; several addresses of one name fail with one error each. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  const inner = error.cause ?? ('lastNodeError' in error ? error.lastNodeError : undefined)
  if (inner !== undefined) return wordsOf(inner)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message === '' ? code || error.name : error.message
}
