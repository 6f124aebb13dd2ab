import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readBytes } from './read.js'

/**
 * Short-lived shared state, both ways, never stored. The scope says whose: `body/<collection>/<id>`
 * carries y-protocols awareness updates of that body's editors.
 */
export interface PresenceMessage {
  readonly type: 'presence'
  readonly scope: string
  readonly state: Uint8Array
}

export function encodePresence(encoder: encoding.Encoder, message: PresenceMessage): void {
  encoding.writeUint8(encoder, messageType.presence)
  encoding.writeVarString(encoder, message.scope)
  encoding.writeVarUint8Array(encoder, message.state)
}

export function decodePresence(decoder: decoding.Decoder): PresenceMessage {
  const scope = decoding.readVarString(decoder)
  return { type: 'presence', scope, state: readBytes(decoder) }
}
