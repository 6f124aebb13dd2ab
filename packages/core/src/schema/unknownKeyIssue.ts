import type { Issue } from '../error/Issue.js'

export function unknownKeyIssue(key: string): Issue {
  return { path: [key], message: key.startsWith('$') ? 'set by the engine, not by writes' : 'there is no such field' }
}
