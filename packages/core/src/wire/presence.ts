import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readBytes } from './read.js'

/**
 * What this client shows of itself, never stored. The scope says where: `body/<collection>/<id>` carries y-protocols
 * awareness updates of that body's editors, `presence/<name>/<place>` the app's own states (`encodePresenceState`).
 */
export interface PresenceMessage {
  readonly type: 'presence'
  readonly scope: string
  readonly state: Uint8Array
}

/** What another client shows. Whose it is the node says, so that nobody can speak in another's name. */
export interface ShownPresence extends PresenceMessage {
  readonly userId: string
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

export function encodeShownPresence(encoder: encoding.Encoder, message: ShownPresence): void {
  encodePresence(encoder, message)
  encoding.writeVarString(encoder, message.userId)
}

export function decodeShownPresence(decoder: decoding.Decoder): ShownPresence {
  return { ...decodePresence(decoder), userId: decoding.readVarString(decoder) }
}
