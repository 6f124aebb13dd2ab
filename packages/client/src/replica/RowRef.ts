import type { RowKey } from '../storage/ReplicaStorage.js'

/** A record's name within the replica as one text; collection names hold no slash. */
export const rowRef = (collection: string, id: string): string => `${collection}/${id}`

export function rowKeyOf(ref: string): RowKey {
  const slash = ref.indexOf('/')
  return { collection: ref.slice(0, slash), id: ref.slice(slash + 1) }
}

/** The record whose body a subscription is of; null for one of rows. */
export const bodyRefOf = (subscription: string): string | null =>
  subscription.startsWith('b/') ? subscription.slice(2) : null
