import { WebSocketOf } from '#websocket'
import type { ClientSocket, SocketEvents } from './ClientSocket.js'

/** Opens a WebSocket to a node. `http` and `https` addresses are taken for their `ws` and `wss`. */
export function openWebSocket(url: string, events: SocketEvents): ClientSocket {
  const socket = new WebSocketOf(webSocketUrl(url))
  socket.binaryType = 'arraybuffer'
  let isOver = false
  socket.onopen = () => {
    if (!isOver) events.opened()
  }
  socket.onmessage = ({ data }) => {
    // A text frame is none of this protocol: as an empty frame with a wrong first byte it ends the session.
    if (!isOver) events.received(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array([0]))
  }
  socket.onclose = ({ code, reason }) => {
    if (isOver) return
    isOver = true
    events.closed(code, reason)
  }
  socket.onerror = () => undefined // a close follows
  return {
    send(frame) {
      if (socket.readyState === socket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>)
    },
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    close() {
      isOver = true
      socket.close(1000)
    },
  }
}

function webSocketUrl(url: string): string {
  const address = new URL(url, globalThis.location?.href)
  address.protocol = address.protocol.replace('http', 'ws')
  return address.href
}
