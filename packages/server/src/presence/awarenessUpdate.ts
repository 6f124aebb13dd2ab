import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { readText } from '../yjs/readBytes.js'
import type { BoardEntry } from './PresenceBoard.js'

/** What one Yjs client shows of itself, as y-protocols says it. */
export interface AwarenessEntry extends BoardEntry {
  readonly clientId: number
  /** Grows with each change; the greater one holds, and of equal ones the removal. */
  readonly clock: number
  /** JSON; `null` = gone. */
  readonly state: string
}

/** Throws if the bytes make no sense: other clients would choke on them. */
export function readAwareness(bytes: Uint8Array): AwarenessEntry[] {
  const decoder = decoding.createDecoder(bytes)
  const entries: AwarenessEntry[] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const clientId = decoding.readVarUint(decoder)
    const clock = decoding.readVarUint(decoder)
    const state = readText(decoder)
    const value: unknown = JSON.parse(state)
    if (typeof value !== 'object' || Array.isArray(value)) throw new Error('a state is an object or null')
    entries.push({ clientId, clock, state: value === null ? 'null' : state })
  }
  return entries
}

export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarUint(encoder, entries.length)
    for (const { clientId, clock, state } of entries) {
      encoding.writeVarUint(encoder, clientId)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarString(encoder, state)
    }
  })
}
