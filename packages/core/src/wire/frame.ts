import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { type Busy, decodeBusy, encodeBusy } from './busy.js'
import { type CaughtUp, decodeCaughtUp, encodeCaughtUp } from './caughtUp.js'
import { type Changes, decodeChanges, encodeChanges } from './changes.js'
import { decodeGoodbye, encodeGoodbye, type Goodbye } from './goodbye.js'
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat } from './heartbeat.js'
import { decodeHello, encodeHello, type Hello } from './hello.js'
import { malformed } from './malformed.js'
import { decodePing, encodePing, type Ping } from './ping.js'
import {
  decodePresence,
  decodeShownPresence,
  encodePresence,
  encodeShownPresence,
  type PresenceMessage,
  type ShownPresence,
} from './presence.js'
import { messageType } from './protocol.js'
import { decodePush, encodePush, type Push } from './push.js'
import { decodePushPart, encodePushPart, type PushPart } from './pushPart.js'
import { decodeWhole, readByte } from './read.js'
import { decodeReconcile, encodeReconcile, type Reconcile } from './reconcile.js'
import type { SchemaTable } from './SchemaTable.js'
import { decodeSnapshot, encodeSnapshot, type Snapshot } from './snapshot.js'
import { decodeSubscribe, encodeSubscribe, type Subscribe } from './subscribe.js'
import { decodeUnsubscribe, encodeUnsubscribe, type Unsubscribe } from './unsubscribe.js'
import { decodeWelcome, encodeWelcome, type Welcome } from './welcome.js'

export type ClientMessage = Hello | Subscribe | Unsubscribe | Push | PushPart | Ping | PresenceMessage

export type NodeMessage =
  | Welcome
  | Changes
  | Snapshot
  | CaughtUp
  | Reconcile
  | Heartbeat
  | ShownPresence
  | Busy
  | Goodbye

/** A frame is one or more messages, one after another: each says by itself where it ends. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const encoder = encoding.createEncoder()
  switch (message.type) {
    case 'hello':
      encodeHello(encoder, message)
      break
    case 'subscribe':
      encodeSubscribe(encoder, message)
      break
    case 'unsubscribe':
      encodeUnsubscribe(encoder, message)
      break
    case 'push':
      encodePush(encoder, message)
      break
    case 'pushPart':
      encodePushPart(encoder, message)
      break
    case 'ping':
      encodePing(encoder, message)
      break
    case 'presence':
      encodePresence(encoder, message)
      break
  }
  return encoding.toUint8Array(encoder)
}

export function encodeNodeMessage(message: NodeMessage, table: SchemaTable): Uint8Array {
  const encoder = encoding.createEncoder()
  switch (message.type) {
    case 'welcome':
      encodeWelcome(encoder, message)
      break
    case 'changes':
      encodeChanges(encoder, message, table)
      break
    case 'snapshot':
      encodeSnapshot(encoder, message, table)
      break
    case 'caughtUp':
      encodeCaughtUp(encoder, message)
      break
    case 'reconcile':
      encodeReconcile(encoder, message)
      break
    case 'heartbeat':
      encodeHeartbeat(encoder, message)
      break
    case 'presence':
      encodeShownPresence(encoder, message)
      break
    case 'busy':
      encodeBusy(encoder, message)
      break
    case 'goodbye':
      encodeGoodbye(encoder, message)
      break
  }
  return encoding.toUint8Array(encoder)
}

/** The messages of a client's frame. Throws `BAD_FRAME`, whatever the bytes. */
export function decodeClientFrame(bytes: Uint8Array): ClientMessage[] {
  return decodeFrame(bytes, decoder => {
    switch (readByte(decoder)) {
      case messageType.hello:
        return decodeHello(decoder)
      case messageType.subscribe:
        return decodeSubscribe(decoder)
      case messageType.unsubscribe:
        return decodeUnsubscribe(decoder)
      case messageType.push:
        return decodePush(decoder)
      case messageType.pushPart:
        return decodePushPart(decoder)
      case messageType.ping:
        return decodePing()
      case messageType.presence:
        return decodePresence(decoder)
      default:
        throw malformed('unknown message')
    }
  })
}

/**
 * The messages of a node's frame. `table` is the schema table in force. A `welcome` that brings another puts that in
 * force, for what follows it in its frame and for all frames after.
 */
export function decodeNodeFrame(bytes: Uint8Array, table: SchemaTable): NodeMessage[] {
  let inForce = table
  return decodeFrame(bytes, decoder => {
    const message = decodeNodeMessage(decoder, inForce)
    if (message.type === 'welcome' && message.table !== null) inForce = message.table
    return message
  })
}

function decodeNodeMessage(decoder: decoding.Decoder, table: SchemaTable): NodeMessage {
  switch (readByte(decoder)) {
    case messageType.welcome:
      return decodeWelcome(decoder)
    case messageType.changes:
      return decodeChanges(decoder, table)
    case messageType.snapshot:
      return decodeSnapshot(decoder, table)
    case messageType.caughtUp:
      return decodeCaughtUp(decoder)
    case messageType.reconcile:
      return decodeReconcile(decoder)
    case messageType.heartbeat:
      return decodeHeartbeat(decoder)
    case messageType.presence:
      return decodeShownPresence(decoder)
    case messageType.busy:
      return decodeBusy(decoder)
    case messageType.goodbye:
      return decodeGoodbye(decoder)
    default:
      throw malformed('unknown message')
  }
}

function decodeFrame<M>(bytes: Uint8Array, read: (decoder: decoding.Decoder) => M): M[] {
  return decodeWhole(bytes, decoder => {
    const messages: M[] = []
    while (decoding.hasContent(decoder)) messages.push(read(decoder))
    return messages
  })
}
