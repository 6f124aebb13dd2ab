import type { NodeMessage, WatchTarget } from '@tidemark/core'
import { WireSession } from './WireSession.js'

/** One replica that only watches one thing, and counts what it is told of it. */
export class Viewer {
  /** Changes of records since it was caught up, in so many messages of so many bytes. */
  changes = 0
  frames = 0
  bytes = 0
  #session!: WireSession
  #isCaughtUp = false
  #error: Error | null = null
  #wake: () => void = () => undefined

  private constructor() {}

  /** Resolves when it is caught up. */
  static async connect(url: string, workspace: string, target: WatchTarget): Promise<Viewer> {
    const viewer = new Viewer()
    viewer.#session = await WireSession.open(
      url,
      { userId: 'viewer', workspace },
      {
        heard: (messages, bytes) => viewer.#heard(messages, bytes),
        ended: error => viewer.#ended(error),
      },
    )
    viewer.#session.send({ type: 'subscribe', subscriptions: [{ subId: 1, target, resume: null }] })
    await viewer.#until(() => viewer.#isCaughtUp)
    return viewer
  }

  /** Resolves when it has been told of so many changes. */
  hasSeen(changes: number): Promise<void> {
    return this.#until(() => this.changes >= changes)
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  #heard(messages: readonly NodeMessage[], bytes: number): void {
    const chunks = messages.flatMap(message => (message.type === 'changes' ? message.chunks : []))
    const changes = chunks.filter(({ kind }) => kind === 'patch' || kind === 'row').length
    if (changes > 0) {
      this.changes += changes
      this.frames++
      this.bytes += bytes
    }
    if (messages.some(({ type }) => type === 'caughtUp')) this.#isCaughtUp = true
    this.#wake()
  }

  #ended(error: Error): void {
    this.#error = error
    this.#wake()
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#error !== null) throw this.#error
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
