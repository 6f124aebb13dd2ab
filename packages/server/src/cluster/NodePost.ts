import { type Bus, nodeNamed } from '../bus/Bus.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { Store } from '../store/Store.js'
import { decodeWord, encodeWord, type NodeWord } from './clusterMessage.js'

export interface NodePostParts {
  /** This node. */
  readonly self: string
  readonly bus: Bus
  readonly store: Store
  readonly scheduler: Scheduler
  readonly received: (word: NodeWord) => void
}

/** A node that was not heard for so long may not be reached by the bus, and may have committed what nobody was told. */
const silenceMs = 3_000

/** How words get from node to node: by the bus, and by the store where that seems to go nowhere. They may be lost on both. */
export class NodePost {
  readonly #heardAtByNode = new Map<string, number>()
  /** Words leave for the store one after another, so that they keep their order. */
  #posted: Promise<void> = Promise.resolve()
  #isBusUp = true

  constructor(private readonly parts: NodePostParts) {}

  /** Somebody has not been heard on the bus for long, or nobody can be. */
  get isInDoubt(): boolean {
    return !this.#isBusUp || [...this.#heardAtByNode.keys()].some(node => this.#isSilent(node))
  }

  /** Those others are there; who is new counts as heard. */
  others(nodes: readonly string[]): void {
    for (const node of this.#heardAtByNode.keys()) if (!nodes.includes(node)) this.#heardAtByNode.delete(node)
    for (const node of nodes) if (!this.#heardAtByNode.has(node)) this.heard(node)
  }

  heard(node: string): void {
    this.#heardAtByNode.set(node, this.parts.scheduler.now())
  }

  /** True if it is back. */
  busTurned(isUp: boolean): boolean {
    const isBack = isUp && !this.#isBusUp
    this.#isBusUp = isUp
    return isBack
  }

  tell(node: string, word: NodeWord): void {
    const { bus, store } = this.parts
    const bytes = encodeWord(word)
    if (this.#isBusUp && !this.#isSilent(node)) bus.publish(nodeNamed(node), bytes)
    else this.#posted = this.#posted.then(() => store.post(node, bytes)).catch(() => undefined)
  }

  /** Takes what the store has for this node. */
  async collect(): Promise<void> {
    const { store, self, received } = this.parts
    try {
      for (const bytes of await store.collect(self)) {
        const word = decodeWord<NodeWord>(bytes)
        if (word !== null) received(word)
      }
    } catch {
      // Whoever posts repeats it; and that the store is away is said where the lease is renewed.
    }
  }

  #isSilent(node: string): boolean {
    return (this.#heardAtByNode.get(node) ?? 0) < this.parts.scheduler.now() - silenceMs
  }
}
