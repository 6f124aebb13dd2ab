import type { ServerSocket } from '../ServerSocket.js'

/** A socket whose other end reads when the test says so. */
export class MemorySocket implements ServerSocket {
  /** What was sent, as it was sent. */
  readonly sent: Uint8Array[] = []
  closedWith: { readonly code: number; readonly reason: string } | undefined
  bufferedBytes = 0
  #drained = () => {}

  constructor(private isReading = true) {}

  send(bytes: Uint8Array): void {
    if (this.closedWith !== undefined) throw new Error('sent after close')
    this.sent.push(bytes)
    if (!this.isReading) this.bufferedBytes += bytes.length
  }

  onDrain(drained: () => void): void {
    this.#drained = drained
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason }
  }

  stall(): void {
    this.isReading = false
  }

  /** The other end reads all there is and goes on reading. */
  read(): void {
    this.isReading = true
    const wasFull = this.bufferedBytes > 0
    this.bufferedBytes = 0
    if (wasFull) this.#drained()
  }
}
