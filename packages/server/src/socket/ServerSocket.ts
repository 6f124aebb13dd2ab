/** A connection as the node sees it: binary messages out, and how much of them still waits to leave. */
export interface ServerSocket {
  send(bytes: Uint8Array): void
  /** Bytes that were sent and have not left yet. */
  readonly bufferedBytes: number
  /** Calls `drained` each time all that was sent has left. One listener: the last one given. */
  onDrain(drained: () => void): void
  close(code: number, reason: string): void
}
