import { isPlainObject } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'

/** What one tab shows at a place. */
export interface PresenceState {
  /** Random, of the tab. */
  readonly clientId: string
  /** null: it only looks; undefined: it has left. */
  readonly state: Readonly<Record<string, Json>> | null | undefined
}

const maxClientIdLength = 64

export function encodePresenceState({ clientId, state }: PresenceState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(state === undefined ? [clientId] : [clientId, state]))
}

/** Null for bytes that are none. */
export function decodePresenceState(bytes: Uint8Array): PresenceState | null {
  let parts: unknown
  try {
    parts = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
  if (!Array.isArray(parts) || parts.length < 1 || parts.length > 2) return null
  const [clientId, state] = parts as unknown[]
  if (typeof clientId !== 'string' || clientId.length === 0 || clientId.length > maxClientIdLength) return null
  if (state !== null && state !== undefined && !isPlainObject(state)) return null
  return { clientId, state: state as PresenceState['state'] }
}
