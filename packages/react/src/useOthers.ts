import type { LiveStore } from '@tidemark/client'
import {
  type ConditionOf,
  canonicalJson,
  type Json,
  type Other,
  type Out,
  type PresenceScope,
  parseWhere,
  type Scalar,
  type Schema,
} from '@tidemark/core'
import { useEffect, useMemo } from 'react'
import { othersWithin } from './presence/othersWithin.js'
import { type AnyOther, seenOthers } from './presence/seenOthers.js'
import { useClient } from './provider/useClient.js'
import { useStore } from './store/useStore.js'

/** A condition on the state that others show: an area of interest. */
export type PresenceWhere<T> = { readonly [K in keyof T as T[K] extends Scalar ? K : never]?: ConditionOf<T[K]> }

export interface OthersOptions<T, K extends keyof T> {
  readonly select?: readonly K[]
  readonly where?: PresenceWhere<T>
}

/**
 * Who else is at a place, and what they show, live. With `where` only those within it; with `select` it repaints only
 * when one of these fields changed, or someone came or went.
 */
export function useOthers<S extends Schema, const K extends keyof Out<S> = never>(
  presence: PresenceScope<S>,
  { select, where }: OthersOptions<Out<S>, K> = {},
): readonly Other<[K] extends [never] ? Out<S> : Pick<Out<S>, K>>[] {
  const place = useClient().presence(presence) as unknown as LiveStore<readonly AnyOther[]>
  const seen = seenOthers(place, select as readonly string[] | undefined)
  // Whoever looks is there: when the area moves nobody goes and comes again.
  useEffect(() => seen.subscribe(() => {}), [seen])
  // As text, so that an equal condition is the same one in each render.
  const area = canonicalJson(parseWhere(where ?? {}) as unknown as Json)
  const others = useMemo(() => othersWithin(seen, area), [seen, area])
  return useStore(others) as unknown as ReturnType<typeof useOthers<S, K>>
}
