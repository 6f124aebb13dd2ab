import type { NodeOptions } from '@tidemark/server'
import { isPersonId, type PersonId, people } from '../sync/people'
import { type schema, tasks } from '../sync/schema'

interface User {
  readonly userId: PersonId
}

/** Anyone may vote; what else people may change depends on whose task it is. */
const openToAll = new Set(['votes'])

export const authenticate: NodeOptions<typeof schema, User>['authenticate'] = ({ token }) => {
  // A demonstration: the token is the name. A real app checks a signed one.
  if (!isPersonId(token)) throw new Error('Nobody of this name works here.')
  return { userId: token }
}

export const access: NodeOptions<typeof schema, User>['access'] = {
  workspace: (_user, workspace) => (workspace === 'demo' ? 'write' : 'none'),
  collections: {
    tasks: {
      read: ({ userId }) =>
        people[userId].role === 'guest' ? tasks.where({ or: [{ status: 'done' }, { assignee: userId }] }) : 'all',
      write: ({ userId }, { before, fields }) => {
        if (people[userId].role === 'lead' || !before) return true
        const mayChange = before.assignee === userId || (before.assignee === null && people[userId].role === 'member')
        const refused = fields.filter(field => !openToAll.has(field))
        if (mayChange || refused.length === 0) return true
        return { refuse: refused, reason: `This task belongs to ${before.assignee ?? 'nobody yet'}.` }
      },
    },
  },
}
