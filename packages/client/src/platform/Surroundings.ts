/** What a device tells about itself. Hints only: nothing may depend on being told. */
export interface Surroundings {
  isVisible(): boolean
  isOnline(): boolean
  /** Calls `seen` until the returned function is called. */
  watch(seen: (change: SurroundingsChange) => void): () => void
}

/** `woken`: a person may be there, or a network, again. `cutOff`: the network has gone. */
export type SurroundingsChange = 'woken' | 'cutOff'

/** Nothing to see and always connected: Node, tests. */
export const plainSurroundings: Surroundings = {
  isVisible: () => true,
  isOnline: () => true,
  watch: () => () => undefined,
}
