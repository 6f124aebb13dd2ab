import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readFlag, readUint } from './read.js'
import { SchemaTable } from './SchemaTable.js'

/** The node's answer to `hello`: the session is open. */
export interface Welcome {
  readonly type: 'welcome'
  /** What people call the node; empty if they gave it no name. */
  readonly node: string
  readonly userId: string
  readonly role: 'read' | 'write'
  /** The node's clock, ms. The client's offset is this minus its own. */
  readonly now: number
  /** A workspace that was lost and made anew has another one: all cursors of the old are void. */
  readonly incarnation: string
  readonly epoch: number
  readonly head: number
  /** The last number of this replica that was decided, or null if the workspace does not know the replica. */
  readonly lastNumber: number | null
  readonly maxFrameBytes: number
  /** Given when the client's schema hash is not the node's. */
  readonly table: SchemaTable | null
}

export function encodeWelcome(encoder: encoding.Encoder, message: Welcome): void {
  encoding.writeUint8(encoder, messageType.welcome)
  encoding.writeVarString(encoder, message.node)
  encoding.writeVarString(encoder, message.userId)
  encoding.writeUint8(encoder, message.role === 'write' ? 1 : 0)
  encoding.writeVarUint(encoder, message.now)
  encoding.writeVarString(encoder, message.incarnation)
  encoding.writeVarUint(encoder, message.epoch)
  encoding.writeVarUint(encoder, message.head)
  encoding.writeVarUint(encoder, message.lastNumber === null ? 0 : message.lastNumber + 1)
  encoding.writeVarUint(encoder, message.maxFrameBytes)
  encoding.writeUint8(encoder, message.table === null ? 0 : 1)
  message.table?.encode(encoder)
}

export function decodeWelcome(decoder: decoding.Decoder): Welcome {
  const node = decoding.readVarString(decoder)
  const userId = decoding.readVarString(decoder)
  const role = readFlag(decoder) ? 'write' : 'read'
  const now = readUint(decoder)
  const incarnation = decoding.readVarString(decoder)
  const epoch = readUint(decoder)
  const head = readUint(decoder)
  const last = readUint(decoder)
  const maxFrameBytes = readUint(decoder)
  const table = readFlag(decoder) ? SchemaTable.decode(decoder) : null
  const lastNumber = last === 0 ? null : last - 1
  return { type: 'welcome', node, userId, role, now, incarnation, epoch, head, lastNumber, maxFrameBytes, table }
}
