import type * as Y from 'yjs'

/** A running server of another project, and its own client for it. */
export interface Peer {
  readonly name: string
  readonly url: string
  /** Connects a document through `url` (the server's, or that of a tap before it); resolves when its provider says that it is synced. */
  open(url: string, room: string, doc: Y.Doc): Promise<PeerLink>
  stop(): Promise<void>
}

export interface PeerLink {
  close(): void
}

/** Null where the peer's packages are not installed: all else can be measured without it. */
export async function optional<T>(load: () => Promise<T>): Promise<T | null> {
  try {
    return await load()
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).endsWith('MODULE_NOT_FOUND')) return null
    throw error
  }
}
