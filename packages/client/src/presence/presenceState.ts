import { isPlainObject, type Json } from '@tidemark/core'

/** What one client shows at a place; null: it has left. */
export interface PresenceState {
  readonly clientId: string
  readonly userId: string
  readonly state: Json | null
}

export function encodePresenceState({ clientId, userId, state }: PresenceState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([clientId, userId, state]))
}

/** Null for bytes that are none. */
export function decodePresenceState(bytes: Uint8Array): PresenceState | null {
  try {
    const [clientId, userId, state] = JSON.parse(new TextDecoder().decode(bytes)) as unknown[]
    if (typeof clientId !== 'string' || typeof userId !== 'string') return null
    if (state !== null && !isPlainObject(state)) return null
    return { clientId, userId, state: state as Json | null }
  } catch {
    return null
  }
}
