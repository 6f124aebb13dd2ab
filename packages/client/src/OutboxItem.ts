/** A mutation that is not answered yet. */
export interface OutboxItem {
  readonly writeId: string
  readonly kind: 'write' | 'command'
  /** The collection's or the command's. */
  readonly name: string
  readonly queuedAt: number
  readonly state: 'queued' | 'sent'
}
