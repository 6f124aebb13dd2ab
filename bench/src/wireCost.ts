import {
  decodeClientFrame,
  decodeNodeFrame,
  encodeClientMessage,
  encodeNodeMessage,
  schemaModelOf,
  schemaTableOf,
} from '@tidemark/core'
import { schema } from './schema.js'
import type { TappedFrame } from './Tap.js'

export interface WireCost {
  /** Both directions. */
  readonly bytes: number
  readonly messages: readonly WireMessage[]
}

export interface WireMessage {
  readonly type: string
  readonly from: TappedFrame['from']
  readonly bytes: number
  /** What stands in it, for the curious. */
  readonly content: object
}

const table = schemaTableOf(schemaModelOf(schema))

/** What a session cost once it was open: all messages but `hello` and `welcome`. */
export function wireCostAfterWelcome(frames: readonly TappedFrame[]): WireCost {
  const messages = frames.flatMap(messagesOf).filter(({ type }) => type !== 'hello' && type !== 'welcome')
  return { bytes: messages.reduce((sum, { bytes }) => sum + bytes, 0), messages }
}

/** How a cost comes together: `subscribe 84 + caughtUp 41`. */
export function costText({ messages }: WireCost): string {
  return messages.map(({ type, bytes }) => `${type} ${bytes}`).join(' + ')
}

function messagesOf({ from, bytes }: TappedFrame): WireMessage[] {
  if (from === 'client') {
    return decodeClientFrame(bytes).map(message => {
      return { type: message.type, from, bytes: encodeClientMessage(message).byteLength, content: message }
    })
  }
  return decodeNodeFrame(bytes, table).map(message => {
    return { type: message.type, from, bytes: encodeNodeMessage(message, table).byteLength, content: message }
  })
}
