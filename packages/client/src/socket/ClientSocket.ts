/** One connection to a node. Opened by `SocketOpener`; events come in order and stop after `closed`. */
export interface ClientSocket {
  send(frame: Uint8Array): void
  /** Bytes handed over and not yet sent. */
  readonly bufferedBytes: number
  close(): void
}

export interface SocketEvents {
  opened(): void
  received(frame: Uint8Array): void
  /** `code` is the WebSocket's, 1006 if there was no close frame. */
  closed(code: number, reason: string): void
}

export type SocketOpener = (url: string, events: SocketEvents) => ClientSocket
