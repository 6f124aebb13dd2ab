import type { BodyId, DeletedRange } from './readUpdate.js'

/** Yjs deletes and collects nested types by recursion: deeper ones could end a node's stack. */
export const maxTypeDepth = 256

/** Where an item stands: in a root (`root` is its name, depth 0) or below `depth` nested types. */
export interface Place {
  readonly root: string | null
  readonly depth: number
  /** Whether it is what a key was set to (of a map, an attribute) rather than an element of the list. */
  readonly isEntry: boolean
}

/** What can be said about one clock that a body contains. */
export interface Found {
  /** Null where only a collected gap is left. What is attached to a gap becomes one. */
  readonly place: Place | null
  /** One of `Content`. */
  readonly content: number
}

/**
 * What a check asks about the content of a body; nothing here changes it.
 *
 * Answers are needed for contained ids only, and cost O(log n) on an open document.
 */
export interface BodyIndex {
  /** The next clock of a clientID: all below are contained. */
  clockOf(clientID: number): number
  /** `id.clock` is below `clockOf(id.clientID)`. */
  find(id: BodyId): Found
  /** The parts of a contained range that are not deleted, sorted and joined. */
  undeletedIn(clientID: number, from: number, to: number): DeletedRange[]
}
