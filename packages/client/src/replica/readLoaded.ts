import { mergeUpdates, sameBody } from '@tidemark/core'
import type { ReplicaStorage } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import type { BodyDelta } from './Delta.js'
import type { LoadedView } from './Replica.js'
import { bodyRefOf, rowKeyOf } from './RowRef.js'

/** What the storage has of all that is loaded here, and of what is loaded while this goes on. */
export async function readLoaded(
  storage: ReplicaStorage,
  confirmed: Confirmed,
): Promise<{ readonly views: readonly LoadedView[]; readonly bodies: readonly BodyDelta[] }> {
  const views: LoadedView[] = []
  const stateByRef = new Map<string, Uint8Array | undefined>()
  for (let keys = confirmed.loadedKeys; keys.length > 0; ) {
    for (const key of keys) {
      views.push({ key, ...(await storage.rows({ views: [key] })) })
      const ref = bodyRefOf(key)
      if (ref === null) continue
      stateByRef.set(ref, (await storage.body(rowKeyOf(ref)))?.state)
    }
    keys = confirmed.loadedKeys.filter(key => !views.some(view => view.key === key))
  }
  const bodies = [...stateByRef].flatMap(([ref, stored]) => bodyNews(ref, confirmed.body(ref), stored) ?? [])
  return { views, bodies }
}

/** What the storage has of a body and memory has not; undefined: nothing. */
function bodyNews(ref: string, held: Uint8Array | undefined, stored: Uint8Array | undefined): BodyDelta | undefined {
  if (stored === undefined) return held && { ...rowKeyOf(ref), kind: 'dropped' }
  if (held !== undefined && sameBody(held, stored)) return undefined
  const isAnother = held !== undefined && !sameBody(mergeUpdates([held, stored]), stored)
  return { ...rowKeyOf(ref), kind: 'state', state: stored, isAnother }
}
