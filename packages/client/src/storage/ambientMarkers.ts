/** Where it is remembered that there was a replica. */
export type Markers = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export function ambientMarkers(): Markers | undefined {
  try {
    return globalThis.localStorage
  } catch {
    // Storage is forbidden here, as in a sandboxed frame: an eviction goes unnoticed.
    return undefined
  }
}
