import type { Envelope } from '@tidemark/core'

/**
 * The light message layer between nodes: a hint, never the truth. Messages may be lost, and receivers see it: by the
 * hole before an envelope's `from`, by an owner's heads, or by `watch`. Every adapter runs `busContract`.
 *
 * Messages of one publisher on one topic come in the order they were published, at most once each. A node hears its own
 * messages too. One publish reaches any number of nodes, and none that has not subscribed.
 */
export interface Bus {
  /** Never waits and never throws; without a connection the message is lost. */
  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void
  subscribe<K extends TopicKind>(topic: Topic<K>, receive: (message: BusMessages[K]) => void): BusSubscription
  /** Told at once, and at each change: false when messages may be getting lost, true when all that is published arrives again. */
  watch(changed: (isUp: boolean) => void): () => void
  close(): Promise<void>
}

export interface BusMessages {
  /** What a commit did in a workspace: one envelope a commit, whatever the number of nodes. Key: the workspace. */
  changes: Envelope
  /** What sessions show of themselves in a workspace. Key: the workspace. */
  presence: BusPresence
  /** To one node, by its name: what others ask of it and answer to it. */
  node: Uint8Array
  /** To every node; no key. Owners' heads and who is there. */
  cluster: Uint8Array
}

export type TopicKind = keyof BusMessages

export interface Topic<K extends TopicKind> {
  readonly kind: K
  readonly key: string
}

export interface BusSubscription {
  /** Settles when everything published from then on arrives here, or when the bus is down and that cannot be had now. */
  readonly started: Promise<void>
  stop(): void
}

export interface BusPresence {
  readonly scope: string
  /** Empty: nothing is shown; the nodes speak of it among themselves. */
  readonly state: Uint8Array
  /** The session it came from, so that it is not sent back there; among the nodes with its replica: `sourceOf`. */
  readonly from: string
  /** Its user: the node that has the session says so. */
  readonly userId: string
}

/** The changes of a workspace. */
export const changesOf = (workspace: string): Topic<'changes'> => ({ kind: 'changes', key: workspace })

export const presenceOf = (workspace: string): Topic<'presence'> => ({ kind: 'presence', key: workspace })

export const nodeNamed = (name: string): Topic<'node'> => ({ kind: 'node', key: name })

export const wholeCluster: Topic<'cluster'> = { kind: 'cluster', key: '' }
