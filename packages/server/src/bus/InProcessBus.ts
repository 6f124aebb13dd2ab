import type { Envelope } from '@tidemark/core'
import type { Bus, BusPresence } from './Bus.js'
import type { BusAdapter } from './BusAdapter.js'

/** The bus of a cluster of one. Delivers at once, in the publisher's call. */
export class InProcessBus implements Bus {
  readonly #envelopes = new Topics<Envelope>()
  readonly #presence = new Topics<BusPresence>()

  publish(envelope: Envelope): void {
    this.#envelopes.publish(envelope.workspace, envelope)
  }

  subscribe(workspace: string, receive: (envelope: Envelope) => void): () => void {
    return this.#envelopes.subscribe(workspace, receive)
  }

  publishPresence(workspace: string, presence: BusPresence): void {
    this.#presence.publish(workspace, presence)
  }

  subscribePresence(workspace: string, receive: (presence: BusPresence) => void): () => void {
    return this.#presence.subscribe(workspace, receive)
  }

  async close(): Promise<void> {}
}

/** One node, no Redis. */
export function inProcess(): BusAdapter {
  return { '~bus': true, open: async () => new InProcessBus() }
}

class Topics<T> {
  readonly #receiversByTopic = new Map<string, Set<(message: T) => void>>()

  publish(topic: string, message: T): void {
    for (const receive of this.#receiversByTopic.get(topic) ?? []) receive(message)
  }

  subscribe(topic: string, receive: (message: T) => void): () => void {
    const receivers = this.#receiversByTopic.get(topic) ?? new Set()
    this.#receiversByTopic.set(topic, receivers.add(receive))
    return () => {
      receivers.delete(receive)
      if (receivers.size === 0) this.#receiversByTopic.delete(topic)
    }
  }
}
