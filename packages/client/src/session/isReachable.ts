import type { Connection } from './ClientSession.js'

/** Whether the node brings what is asked for, now or in a moment. */
export function isReachable(connection: Connection): boolean {
  return connection === 'connecting' || connection === 'online'
}
