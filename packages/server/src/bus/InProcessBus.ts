import type { Bus, BusMessages, BusSubscription, Topic, TopicKind } from './Bus.js'
import type { BusAdapter } from './BusAdapter.js'

type Receive = (message: never) => void

const started = Promise.resolve()

/** The bus of a cluster of one. Delivers at once, in the publisher's call. */
export class InProcessBus implements Bus {
  readonly #receiversByTopic = new Map<string, Set<Receive>>()

  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    for (const receive of this.#receiversByTopic.get(nameOf(topic)) ?? []) receive(message as never)
  }

  subscribe<K extends TopicKind>(topic: Topic<K>, receive: (message: BusMessages[K]) => void): BusSubscription {
    const name = nameOf(topic)
    const receivers = this.#receiversByTopic.get(name) ?? new Set()
    this.#receiversByTopic.set(name, receivers.add(receive))
    return {
      started,
      stop: () => {
        receivers.delete(receive)
        if (receivers.size === 0) this.#receiversByTopic.delete(name)
      },
    }
  }

  watch(changed: (isUp: boolean) => void): () => void {
    changed(true)
    return () => undefined
  }

  async close(): Promise<void> {
    this.#receiversByTopic.clear()
  }
}

/** One node, no Redis. */
export function inProcess(): BusAdapter {
  return { '~bus': true, open: async () => new InProcessBus() }
}

const nameOf = ({ kind, key }: Topic<TopicKind>): string => `${kind} ${key}`
