import { WebSocket as NodeWebSocket } from 'ws'

/** Node's WebSocket is that of `ws`, which keeps to the browser's interface as far as it is used here. */
export const WebSocketOf = NodeWebSocket as unknown as typeof WebSocket
