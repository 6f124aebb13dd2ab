import type { Envelope } from '@tidemark/core'

export type FeedFact = 'delivered' | 'hole' | 'ignored'

/**
 * A node's ordered, gap-free view of one workspace's changes.
 *
 * An envelope is taken only if it begins where the last one ended and its epoch is no lower than any seen [G4]. One
 * that begins further on shows a hole: what is missing is in the store, and the feed goes on behind it [G5].
 */
export class WorkspaceFeed {
  #epoch = 0

  constructor(private head: number) {}

  /** Everything up to here has been delivered, or is being caught up from the store. */
  get position(): number {
    return this.head
  }

  /** What was committed up to here did not come. */
  missed(head: number): void {
    this.head = Math.max(this.head, head)
  }

  received({ epoch, from, to }: Envelope): FeedFact {
    if (epoch < this.#epoch || to < this.head || (from < this.head && to > from)) return 'ignored'
    this.#epoch = epoch
    if (from > this.head) {
      this.head = to
      return 'hole'
    }
    this.head = to
    return 'delivered'
  }
}
