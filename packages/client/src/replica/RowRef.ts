import type { RowKey } from '../storage/ReplicaStorage.js'

/** A record's name within the replica as one text; collection names hold no slash. */
export const rowRef = (collection: string, id: string): string => `${collection}/${id}`

export function rowKeyOf(ref: string): RowKey {
  const slash = ref.indexOf('/')
  return { collection: ref.slice(0, slash), id: ref.slice(slash + 1) }
}
