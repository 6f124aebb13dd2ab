import { TidemarkError } from '@tidemark/core'
import { workspaces } from './schema.js'

const users = new Set(['alice', 'bob', 'carol', 'dave', 'erin'])

/** Attackers are as many as somebody likes. */
export const isUser = (name: unknown): boolean =>
  users.has(String(name)) || (typeof name === 'string' && /^attacker \d+$/.test(name))

/** A token is the name of its user. */
export function userOf(token: string | null): { readonly userId: string } {
  if (token === null || !isUser(token)) throw new TidemarkError('UNAUTHORIZED')
  return { userId: token }
}

/** Rooms are as many as somebody likes. */
const isOpen = (name: string): boolean => workspaces.some(workspace => workspace === name) || /^room-\d+$/.test(name)

/** Sales are made by commands alone; all else is for everyone. */
export const access = {
  workspace: (_user: { readonly userId: string }, name: string) => (isOpen(name) ? 'write' : 'none'),
  collections: { sales: { write: () => 'only commands sell' } },
} as const
