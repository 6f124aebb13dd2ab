import { TidemarkError } from '@tidemark/core'
import { workspace } from './schema.js'

const users = new Set(['alice', 'bob', 'carol', 'dave', 'erin'])

/** A token is the name of its user. */
export function userOf(token: string | null): { readonly userId: string } {
  if (token === null || !users.has(token)) throw new TidemarkError('UNAUTHORIZED')
  return { userId: token }
}

/** Sales are made by commands alone; all else is for everyone. */
export const access = {
  workspace: (_user: { readonly userId: string }, name: string) => (name === workspace ? 'write' : 'none'),
  collections: { sales: { write: () => 'only commands sell' } },
} as const
