export interface SyncStatus {
  readonly connection: 'connecting' | 'online' | 'offline' | 'needs-auth' | 'outdated' | 'closed'
  /** What people call the node that this browser is connected to; null without one, or without a name. */
  readonly node: string | null
  /** Mutations that are not answered yet. */
  readonly pending: number
  /** Entries of the rejection inbox. */
  readonly rejected: number
  /** When everything mounted was last known to be current, in ms. */
  readonly caughtUpAt: number | null
  readonly storage: 'persistent' | 'best-effort' | 'memory' | 'evicted'
  /** Whether this tab holds the connection. */
  readonly leader: boolean
}
