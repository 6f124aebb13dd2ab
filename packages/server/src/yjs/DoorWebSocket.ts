import { errorEntry } from '@tidemark/core'
import { WebSocket } from 'ws'

const { close: tooLarge, sentence } = errorEntry('FRAME_TOO_LARGE')
const messageTooBig = 1009

/** A stock provider comes back after 1009 and sends the same message again, for ever; after 44xx it does not. */
export class DoorWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === messageTooBig) super.close(tooLarge, sentence)
    else super.close(code, reason)
  }
}
