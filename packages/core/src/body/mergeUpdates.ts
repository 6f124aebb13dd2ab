import * as Y from 'yjs'

/** Yjs sorts all updates it merges for each struct it writes: many at once take time by their square. */
const maxMergedAtOnce = 64

/** One update with the content of all, in their order. Without any it is the empty update. */
export function mergeUpdates(updates: readonly Uint8Array[]): Uint8Array {
  let merged = updates
  while (merged.length > maxMergedAtOnce) {
    const next: Uint8Array[] = []
    for (let i = 0; i < merged.length; i += maxMergedAtOnce) {
      next.push(Y.mergeUpdates(merged.slice(i, i + maxMergedAtOnce)))
    }
    merged = next
  }
  return Y.mergeUpdates([...merged])
}
