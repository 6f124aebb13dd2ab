import type { TabChannel } from './TabChannel.js'

/** The tabs of one replica over a BroadcastChannel of its name: messages of one tab come in the order they were posted. */
export class BroadcastTabChannel implements TabChannel {
  readonly #channel: BroadcastChannel

  /** `name`: by `replicaName`. */
  constructor(name: string) {
    this.#channel = new BroadcastChannel(name)
  }

  post(message: unknown): void {
    this.#channel.postMessage(message)
  }

  receive(listener: (message: unknown) => void): void {
    this.#channel.addEventListener('message', ({ data }) => listener(data))
  }

  close(): void {
    this.#channel.close()
  }
}
