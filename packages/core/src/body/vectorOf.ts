import * as Y from 'yjs'
import { ByteReader } from './ByteReader.js'
import { encodeNewPart } from './encodeNewPart.js'
import { type NewPart, newPartOf } from './NewPart.js'
import { readUpdate } from './readUpdate.js'

/** The Yjs state vector of a stored state: how far it has every clientID, in Yjs' own encoding. */
export function vectorOf(state: Uint8Array): Uint8Array {
  return Y.encodeStateVectorFromUpdate(state)
}

/** What a replica at `vector` lacks of a stored state: the structs above it, and the whole delete set. */
export function diffBody(state: Uint8Array, vector: Uint8Array): Uint8Array {
  const clocks = readVector(vector)
  const update = readUpdate(state)
  const parts = update.blocks
    .map(block => newPartOf(block, clocks.get(block.clientID) ?? 0))
    .filter((part): part is NewPart => part !== undefined && part !== 'gap')
  return encodeNewPart(state, parts, update.deletions)
}

/** Whether nothing was ever written in it. A text that was emptied again is not: others may build on it. */
export function bodyIsEmpty(state: Uint8Array | undefined): boolean {
  return state === undefined || state.length === 0 || clocksOf(state).size === 0
}

/** Reads a state vector as it came from a peer. Throws `INVALID`. */
export function readVector(vector: Uint8Array): Map<number, number> {
  const reader = new ByteReader(vector)
  const clocks = new Map<number, number>()
  const count = reader.varUint()
  for (let i = 0; i < count; i++) clocks.set(reader.varUint(), reader.varUint())
  return clocks
}

function clocksOf(state: Uint8Array): Map<number, number> {
  const clocks = new Map<number, number>()
  for (const block of readUpdate(state).blocks) {
    const part = newPartOf(block, 0)
    if (part !== undefined && part !== 'gap') clocks.set(part.clientID, part.end)
  }
  return clocks
}
