import { TidemarkError } from '@tidemark/core'
import { DatabaseError } from 'pg'
import { placeOf } from './connectionTo.js'

/** Postgres has ended the statement, and nothing else: its transaction is undone and the connection as good as before. */
export function isStatementError(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

/** Not the fault of the database, but of what was to be written: data exceptions, constraints, limits of size. */
export function isOfContent(error: unknown): error is DatabaseError {
  return isStatementError(error) && /^(22|23|54)/.test(error.code ?? '')
}

/** What a caller is told of anything that Postgres or the way to it throws. */
export function storeError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error
  const why = whyOf(error)
  const code = error instanceof DatabaseError ? (error.code ?? '') : ''
  // The role, the password, the database, or the rights to make a schema.
  const isConfig = /^(28|3D|42501)/.test(code)
  return isConfig
    ? new TidemarkError('BAD_CONFIG', `Postgres refuses this node (${why}): correct its address or its rights.`, {
        cause: error,
      })
    : new TidemarkError('STORE_FAILED', `Postgres did not do what it was asked (${why}): it is asked again.`, {
        cause: error,
      })
}

/** What keeps a node from opening the database: it does not start without it. */
export function openError(error: unknown, url: string): TidemarkError {
  const told = storeError(error)
  if (told.code !== 'STORE_FAILED' || told === error) return told
  const message = `Postgres at ${placeOf(url)} cannot be used (${whyOf(error)}), and the node does not start without its store: start Postgres, or correct its address and what stands between.`
  return new TidemarkError('STORE_FAILED', message, { cause: error })
}

const whyOf = (error: unknown): string => (error instanceof Error ? error.message || nameOf(error) : String(error))

/** A connection that was refused at several addresses of a host has an error without a message. */
const nameOf = (error: Error): string => ('code' in error ? String(error.code) : error.name)
