import { errorEntry } from '@tidemark/core'
import { WebSocket } from 'ws'

const { close: tooLarge, sentence } = errorEntry('FRAME_TOO_LARGE')
const messageTooBig = 1009

/**
 * A server's socket that says with our own code that a frame was too large. After 1009 clients come back and send the
 * same frame again, for ever; after 44xx they do not.
 */
export class BoundedWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === messageTooBig) super.close(tooLarge, sentence)
    else super.close(code, reason)
  }
}
