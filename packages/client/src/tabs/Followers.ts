import type { Leader } from './Leader.js'
import type { TabMessage } from './TabMessage.js'

/** Of a tab that follows. */
export type FollowerMessage = Extract<TabMessage, { readonly tab: string }>

/** The tabs that follow this one, and what they want of its connection. */
export class Followers {
  readonly #leader: Leader
  readonly #missedCallsByTab = new Map<string, number>()

  constructor(leader: Leader) {
    this.#leader = leader
  }

  get isEmpty(): boolean {
    return this.#missedCallsByTab.size === 0
  }

  heard(message: FollowerMessage): void {
    const { tab } = message
    this.#missedCallsByTab.set(tab, 0)
    switch (message.kind) {
      case 'follows':
        for (const wanted of message.wanted) this.#leader.want(tab, wanted)
        break
      case 'wants':
        this.#leader.want(tab, message.wanted)
        break
      case 'drops':
        this.#leader.unwant(tab, message.key)
        break
      case 'leaves':
        this.#forget(tab)
    }
  }

  /** They are asked who is there. A tab that crashed says nothing: after two calls it is gone. */
  called(): void {
    for (const [tab, missed] of this.#missedCallsByTab) {
      if (missed < 2) this.#missedCallsByTab.set(tab, missed + 1)
      else this.#forget(tab)
    }
  }

  #forget(tab: string): void {
    this.#missedCallsByTab.delete(tab)
    this.#leader.forget(tab)
  }
}
