import {
  type Bus,
  type BusMessages,
  type BusSubscription,
  decodeMessage,
  encodeMessage,
  type Topic,
  type TopicKind,
} from '@tidemark/server/testing'
import type { Process } from '../world/Process.js'
import type { BusHub } from './BusHub.js'

/** From when the hub has heard of a subscription until the node hears that it has. */
interface Listened {
  readonly topic: Topic<TopicKind>
  readonly receivers: Set<(message: never) => void>
  isInForce: boolean
  waiting: (() => void)[]
}

/**
 * One node's connection to the hub. Messages that arrive keep their order. While it is cut, messages both ways are lost,
 * and the node is told late or never; once it is there again all subscriptions are in force before the node is told.
 */
export class BusLine implements Bus {
  readonly #listenedByName = new Map<string, Listened>()
  readonly #watchers = new Set<(isUp: boolean) => void>()
  #isConnected: boolean
  /** What the node believes. */
  #isTold: boolean
  /** Goes up when what is under way is lost. */
  #life = 0
  #lastArrivalMs = 0

  constructor(
    private readonly hub: BusHub,
    private readonly process: Process,
  ) {
    this.#isConnected = !hub.isAway
    this.#isTold = !hub.isAway
    hub.lines.add(this)
    process.ended(() => void this.close())
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    if (this.#isConnected && this.#isTold) this.hub.publish(topic, message)
  }

  subscribe<K extends TopicKind>(topic: Topic<K>, receive: (message: BusMessages[K]) => void): BusSubscription {
    const name = nameOf(topic)
    const listened = this.#listenedByName.get(name) ?? { topic, receivers: new Set(), isInForce: false, waiting: [] }
    this.#listenedByName.set(name, listened)
    const own = (message: never) => receive(message)
    listened.receivers.add(own)
    return {
      started: new Promise(resolve => this.#listen(listened, resolve)),
      stop: () => {
        listened.receivers.delete(own)
        if (listened.receivers.size === 0 && this.#listenedByName.get(name) === listened)
          this.#listenedByName.delete(name)
      },
    }
  }

  watch(changed: (isUp: boolean) => void): () => void {
    this.#watchers.add(changed)
    changed(this.#isTold)
    return () => this.#watchers.delete(changed)
  }

  async close(): Promise<void> {
    this.hub.lines.delete(this)
    this.#isConnected = false
    this.#watchers.clear()
    this.#listenedByName.clear()
  }

  /** Nothing passes from now on; the node notices after a while, if it lasts so long. */
  cut(noticedAfterMs: number): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    const life = ++this.#life
    for (const listened of this.#listenedByName.values()) listened.isInForce = false
    this.process.after(noticedAfterMs, () => {
      if (life === this.#life && this.#isTold) this.#tell(false)
    })
  }

  /** The hub can be reached again. */
  mend(): void {
    if (this.#isConnected || !this.hub.lines.has(this)) return
    this.#isConnected = true
    this.#life++
    for (const listened of this.#listenedByName.values()) listened.isInForce = true
    this.process.run(() => {
      this.#settle()
      if (!this.#isTold) this.#tell(true)
    })
  }

  /** A message from the hub, if the node listens to its topic. */
  carry<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    const { time } = this.hub
    const listened = this.#listenedByName.get(nameOf(topic))
    if (!this.#isConnected || !listened?.isInForce) return
    const bytes = encodeMessage(topic, message)
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, time.nowMs + this.hub.wayMs())
    const life = this.#life
    time.after(this.#lastArrivalMs - time.nowMs, () => {
      if (life !== this.#life) return
      this.process.run(() => {
        for (const receive of [...listened.receivers]) receive(decodeMessage(topic, bytes) as never)
      })
    })
  }

  #listen(listened: Listened, resolve: () => void): void {
    if (listened.isInForce || !this.#isTold) {
      resolve()
      return
    }
    listened.waiting.push(resolve)
    const life = this.#life
    this.process.time.after(this.hub.wayMs(), () => {
      if (life !== this.#life || !this.#isConnected) return
      listened.isInForce = true
      this.process.after(this.hub.wayMs(), () => settle(listened))
    })
  }

  #tell(isUp: boolean): void {
    this.#isTold = isUp
    this.#settle()
    for (const changed of [...this.#watchers]) changed(isUp)
  }

  #settle(): void {
    for (const listened of this.#listenedByName.values()) settle(listened)
  }
}

function settle(listened: Listened): void {
  for (const resolve of listened.waiting.splice(0)) resolve()
}

const nameOf = ({ kind, key }: Topic<TopicKind>): string => `${kind} ${key}`
