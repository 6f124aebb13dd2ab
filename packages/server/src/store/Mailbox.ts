/**
 * Words between nodes that have no other way to each other just now. Kept in the store for a minute at most: whoever sends
 * one repeats it until it is answered.
 */
export interface Mailbox {
  post(node: string, word: Uint8Array): Promise<void>
  /** What was posted to this node, in order; given once. */
  collect(node: string): Promise<readonly Uint8Array[]>
}
