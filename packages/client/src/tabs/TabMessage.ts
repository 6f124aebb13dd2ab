import type { Delta } from '../replica/Delta.js'
import type { Wanted } from '../replica/Wanted.js'
import type { Connection } from '../session/ClientSession.js'
import type { OutboxEntry } from '../storage/ReplicaStorage.js'

/** How the session of the leading tab stands, for the others to show. */
export interface SessionState {
  readonly connection: Connection
  readonly node: string | null
  /** Subscriptions that are live. */
  readonly live: readonly string[]
  readonly isCurrent: boolean
  readonly caughtUpAt: number | null
}

/** What the tabs of one replica say to each other. */
export type TabMessage =
  /** A tab follows, and wants these; said again whenever a leader asks. */
  | { readonly kind: 'follows'; readonly tab: string; readonly wanted: readonly Wanted[] }
  | { readonly kind: 'wants'; readonly tab: string; readonly wanted: Wanted }
  | { readonly kind: 'drops'; readonly tab: string; readonly key: string }
  | { readonly kind: 'leaves'; readonly tab: string }
  /** A tab leads, with the storage at this version, and wants to know who is there. */
  | { readonly kind: 'leads'; readonly version: number }
  | { readonly kind: 'stored'; readonly delta: Delta; readonly version: number }
  | { readonly kind: 'session'; readonly state: SessionState }
  /** Outbox entries as they are stored now. */
  | { readonly kind: 'entries'; readonly entries: readonly OutboxEntry[] }
  /** A named listener of a following tab was told everything up to here. */
  | { readonly kind: 'told'; readonly name: string; readonly cursor: number }
  | { readonly kind: 'acknowledged'; readonly writeId: string }
  /** The storage was begun anew: read it again. */
  | { readonly kind: 'renewed' }
  /** Presence: what the node says of a user, or a tab of this browser of itself (null), on its way to the node. */
  | { readonly kind: 'presence'; readonly scope: string; readonly state: Uint8Array; readonly userId: string | null }
  /** Go on or offline on purpose: whichever tab leads does it. */
  | { readonly kind: 'online'; readonly isWanted: boolean }
  /** The user signed out and the replica is gone. */
  | { readonly kind: 'signedOut' }
