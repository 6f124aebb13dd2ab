import type { ErrorCode, QueryRow } from '@tidemark/core'
import type { Freshness } from '../LiveState.js'
import type { Replica } from '../replica/Replica.js'
import type { Connection } from '../session/ClientSession.js'

/** What a store looks at. */
export interface ViewWorld {
  readonly replica: Replica
  readonly connection: Connection
  readonly refusal: ErrorCode | null
  /** Rows of the server's rendering, until something newer is here. */
  readonly seeds: Seeds
}

/** Rows that a server component read, by subscription. */
export interface Seeds {
  get(key: string): Seed | undefined
}

export interface Seed {
  readonly seq: number
  readonly rows: readonly QueryRow[]
  /** Of a list: more than these match. */
  readonly hasMore: boolean
}

/** How much is known of a subscription at this moment. */
export interface Knowledge {
  readonly freshness: Freshness
  readonly isLive: boolean
  /** The storage was asked. */
  readonly isLoaded: boolean
  /** It was complete once, as of its cursor. */
  readonly wasComplete: boolean
  /** Nobody will bring it soon. */
  readonly isOffline: boolean
  readonly seed: Seed | undefined
}

export function knowledgeOf(
  { replica: { confirmed }, connection, seeds }: ViewWorld,
  key: string,
  seedKey = key,
): Knowledge {
  const stored = confirmed.subscription(key)
  const isLive = confirmed.isLive(key)
  // A client that is closed reads nothing any more.
  const isLoaded = confirmed.isLoaded(key) || connection === 'closed'
  const wasComplete = confirmed.isLoaded(key) && stored !== undefined && stored.viewHash !== ''
  const isOffline = connection !== 'connecting' && connection !== 'online'
  const given = isLive ? undefined : seeds.get(seedKey)
  const seed = given && !(wasComplete && stored && stored.cursor >= given.seq) ? given : undefined
  const freshness = isLive ? 'live' : seed ? 'server-render' : isOffline ? 'cached' : 'catching-up'
  return { freshness, isLive, isLoaded, wasComplete, isOffline, seed }
}
