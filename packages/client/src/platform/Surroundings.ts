/** What a device tells about itself. Hints only: nothing may depend on being told. */
export interface Surroundings {
  isVisible(): boolean
  isOnline(): boolean
  /** Calls `fn` when one of both may have changed, or when the page comes back from being frozen; until the returned function is called. */
  watch(fn: () => void): () => void
}

/** Nothing to see and always connected: Node, tests. */
export const plainSurroundings: Surroundings = {
  isVisible: () => true,
  isOnline: () => true,
  watch: () => () => undefined,
}
