import type { ReplicaStorage } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import { type Delta, emptyDelta } from './Delta.js'

/** How many subscriptions are kept that nobody shows: a device does not collect for ever what it has seen once. [G10] */
export const maxKept = 1_000
/** Gone at once, so that it is not done again for each new one. */
const forgottenAtOnce = 100

/** What to let go of beyond the bound: those that are furthest behind, with the rows that only they cover. */
export async function forgetOldest(storage: ReplicaStorage, confirmed: Confirmed): Promise<Delta | null> {
  const idle = [...confirmed.keys].filter(key => !confirmed.isLoaded(key))
  if (idle.length <= maxKept) return null
  const cursorOf = (key: string): number => confirmed.subscription(key)?.cursor ?? 0
  idle.sort((a, b) => cursorOf(a) - cursorOf(b))
  const forgotten = idle.slice(0, idle.length - maxKept + forgottenAtOnce)
  const { rows: covered } = await storage.rows({ views: forgotten })
  // A row in memory has what the storage has not yet: it keeps the old name, which speaks for nothing any more.
  const idleRows = covered.filter(({ collection, id }) => confirmed.row(collection, id) === undefined)
  const rest = idleRows.map(row => ({
    ...row,
    views: row.views.filter(view => !forgotten.includes(view)),
    isRead: true as const,
  }))
  return {
    ...emptyDelta,
    forgotten: forgotten.filter(key => !confirmed.isLoaded(key)),
    rows: rest.filter(({ views }) => views.length > 0),
    droppedRows: rest.filter(({ views }) => views.length === 0).map(row => ({ ...row, why: 'left' as const })),
    bodies: forgotten.filter(key => key.startsWith('b/')).map(key => ({ kind: 'dropped' as const, ...bodyKeyOf(key) })),
  }
}

function bodyKeyOf(key: string): { readonly collection: string; readonly id: string } {
  const [, collection = ''] = key.split('/', 2)
  return { collection, id: key.slice(collection.length + 3) }
}
