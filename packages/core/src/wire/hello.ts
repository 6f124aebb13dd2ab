import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readFlag, readUint } from './read.js'

/** The first message of a client. */
export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  readonly schemaHash: string
  readonly workspace: string
  /** Who the app says is signed in; the node refuses if `authenticate` says otherwise. */
  readonly userId: string
  readonly token: string | null
  readonly replica: string
  /** The greatest number whose answer this replica has; the node forgets answers up to it. */
  readonly answered: number
}

export function encodeHello(encoder: encoding.Encoder, message: Hello): void {
  encoding.writeUint8(encoder, messageType.hello)
  encoding.writeVarUint(encoder, message.protocol)
  encoding.writeVarString(encoder, message.schemaHash)
  encoding.writeVarString(encoder, message.workspace)
  encoding.writeVarString(encoder, message.userId)
  encoding.writeUint8(encoder, message.token === null ? 0 : 1)
  if (message.token !== null) encoding.writeVarString(encoder, message.token)
  encoding.writeVarString(encoder, message.replica)
  encoding.writeVarUint(encoder, message.answered)
}

export function decodeHello(decoder: decoding.Decoder): Hello {
  const protocol = readUint(decoder)
  const schemaHash = decoding.readVarString(decoder)
  const workspace = decoding.readVarString(decoder)
  const userId = decoding.readVarString(decoder)
  const token = readFlag(decoder) ? decoding.readVarString(decoder) : null
  const replica = decoding.readVarString(decoder)
  const answered = readUint(decoder)
  return { type: 'hello', protocol, schemaHash, workspace, userId, token, replica, answered }
}
