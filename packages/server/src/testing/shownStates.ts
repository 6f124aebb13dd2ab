import { encodePresenceState, type Json } from '@tidemark/core'
import type { WireClient } from './WireClient.js'

/** Where states are shown unless a test says otherwise: a place without a record. */
const lobby = 'presence/cursors/room/lobby'

type State = Readonly<Record<string, Json>>

/** The client shows a state at a place; null: it only looks; undefined: it leaves. Its tab has the name of its user. */
export function shows(client: WireClient, state: State | null | undefined, scope = lobby): void {
  client.say({ type: 'presence', scope, state: encodePresenceState({ clientId: client.userId, state }) })
}

/** What the client is told next of a place: whose it is, and what it is. */
export async function shownTo(client: WireClient): Promise<readonly [string, readonly [string, State | null]]> {
  const { userId, state } = await client.hears('presence')
  return [userId, JSON.parse(new TextDecoder().decode(state))]
}

/** Whom else each of these has heard, until all of them have heard a mark that the others make now. */
export async function heardMeanwhile(...clients: readonly WireClient[]): Promise<readonly string[]> {
  const marks = `presence/marks/room/${clients.map(({ userId }) => userId)}`
  for (const client of clients) shows(client, { isHere: true }, marks)
  const heard: string[] = []
  for (const client of clients) {
    const missing = new Set(clients.filter(other => other !== client).map(({ userId }) => userId))
    while (missing.size > 0) {
      const { scope, userId } = await client.hears('presence')
      if (scope === marks) missing.delete(userId)
      else heard.push(`${client.userId}: ${userId} at ${scope}`)
    }
  }
  return heard
}
