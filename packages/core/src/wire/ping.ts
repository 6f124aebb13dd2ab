import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'

/** Sent by a client that has sent nothing for 25 s. Nothing answers it: the node's heartbeat is the other half. */
export interface Ping {
  readonly type: 'ping'
}

export function encodePing(encoder: encoding.Encoder, _message: Ping): void {
  encoding.writeUint8(encoder, messageType.ping)
}

export function decodePing(): Ping {
  return { type: 'ping' }
}
