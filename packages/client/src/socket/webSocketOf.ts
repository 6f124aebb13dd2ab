/** The WebSocket of the platform; Node 20 has none of its own (`webSocketOfNode.ts`). */
export const WebSocketOf: typeof WebSocket = globalThis.WebSocket
