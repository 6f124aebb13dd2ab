import type { Envelope } from '@tidemark/core'

/**
 * A hint, never the truth: envelopes may be lost, and receivers see the hole by `from`. One publish per
 * workspace in a committed batch, whatever the number of nodes. Every adapter runs `busContract`.
 */
export interface Bus {
  publish(envelope: Envelope): void
  /** `receive` is called for each envelope of the workspace, this node's own included, in the order published by its owner. */
  subscribe(workspace: string, receive: (envelope: Envelope) => void): () => void
  /** Short-lived state to whoever watches the workspace on other nodes and here. */
  publishPresence(workspace: string, presence: BusPresence): void
  subscribePresence(workspace: string, receive: (presence: BusPresence) => void): () => void
  close(): Promise<void>
}

export interface BusPresence {
  readonly scope: string
  readonly state: Uint8Array
  /** The session it came from, so that it is not sent back there. */
  readonly from: string
  /** Its user: the node that has the session says so. */
  readonly userId: string
}
