import { userHeader } from '../RunningNode.js'
import type { StartOptions } from '../startNode.js'

/** Everyone may do everything, and is whoever `?user=` or the token says, or else `dev`. */
export const developmentAccess: Pick<StartOptions, 'authenticate' | 'access'> = {
  authenticate: ({ token, request }) => ({ userId: request.headers[userHeader] || token || 'dev' }),
  access: { workspace: () => 'write' },
}
