import { errorEntry, type Random, randomId } from '@tidemark/core'
import type { Log } from '../../log/Log.js'
import type { Scheduler } from '../../socket/Scheduler.js'
import type { Bus, BusMessages, BusSubscription, Topic, TopicKind } from '../Bus.js'
import { channelOf } from './channelOf.js'
import { decodeMessage, encodeMessage } from './messageCodec.js'
import { type LinePace, RedisLine } from './RedisLine.js'
import type { RedisPlace } from './RedisPlace.js'
import { redisFault } from './redisFault.js'

export interface RedisBusParts {
  readonly place: RedisPlace
  readonly log: Log
  readonly scheduler: Scheduler
  readonly random: Random
  readonly pace?: BusPace
}

/** Between two lines it waits longer each time while none lasts. */
export interface BusPace extends LinePace {
  readonly longestWaitMs: number
}

type Receive = (message: never) => void

interface Listened {
  readonly topic: Topic<TopicKind>
  readonly receivers: Set<Receive>
}

const usualPace: BusPace = { pulseMs: 1_000, silentPulses: 3, openingMs: 5_000, longestWaitMs: 5_000 }
/** After a line that lived long. Half of each wait is chance, so that nodes do not all come at the same time. */
const firstWaitMs = 100
/** A line that lived for less is no success. */
const goodLifeMs = 10_000

/**
 * The bus over Redis pub/sub. What it is subscribed to outlives every connection; the connections are one
 * `RedisLine` at a time. While none is open, messages are lost and `watch` says so.
 */
export class RedisBus implements Bus {
  readonly #listenedByChannel = new Map<string, Listened>()
  readonly #watchers = new Set<(isUp: boolean) => void>()
  #line: RedisLine | null = null
  #isUp = false
  #upSince = 0
  #shortLives = 0
  #cancelWait: () => void = () => undefined
  /** What was logged since it was last up: nothing is said twice. */
  readonly #said = new Set<string>()

  constructor(private readonly parts: RedisBusParts) {
    this.#openLine()
  }

  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    if (!this.#isUp) return
    this.#line?.publish(channelOf(this.parts.place.prefix, topic), encodeMessage(topic, message))
  }

  subscribe<K extends TopicKind>(topic: Topic<K>, receive: (message: BusMessages[K]) => void): BusSubscription {
    const channel = channelOf(this.parts.place.prefix, topic)
    const { receivers } = this.#listenedByChannel.get(channel) ?? { receivers: new Set() }
    this.#listenedByChannel.set(channel, { topic, receivers })
    // The same function may subscribe twice.
    const own: Receive = message => receive(message)
    receivers.add(own)
    return {
      started: this.#line?.changed(channel) ?? settled,
      stop: () => {
        if (!receivers.delete(own) || receivers.size > 0) return
        this.#listenedByChannel.delete(channel)
        void this.#line?.changed(channel)
      },
    }
  }

  watch(changed: (isUp: boolean) => void): () => void {
    const own = (isUp: boolean) => changed(isUp)
    this.#watchers.add(own)
    changed(this.#isUp)
    return () => this.#watchers.delete(own)
  }

  async close(): Promise<void> {
    this.#cancelWait()
    this.#watchers.clear()
    this.#listenedByChannel.clear()
    const line = this.#line
    this.#line = null
    this.#isUp = false
    await line?.close()
  }

  #openLine(): void {
    const { place, scheduler, random, pace = usualPace } = this.parts
    this.#line = new RedisLine({
      place,
      name: randomId(random),
      pace,
      scheduler,
      wanted: () => this.#listenedByChannel.keys(),
      isWanted: channel => this.#listenedByChannel.has(channel),
      received: (channel, bytes) => this.#received(channel, bytes),
      opened: () => this.#opened(),
      ended: error => this.#ended(error),
    })
  }

  #opened(): void {
    if (this.#line === null) return // closed meanwhile
    const { log, place, scheduler } = this.parts
    this.#upSince = scheduler.now()
    this.#said.clear()
    log.info({}, `Connected to Redis at ${place.where}.`)
    this.#turn(true)
  }

  #ended(error: unknown): void {
    if (this.#line === null) return // closed meanwhile
    const { log, place, scheduler, random, pace = usualPace } = this.parts
    const livedMs = this.#isUp ? scheduler.now() - this.#upSince : 0
    this.#shortLives = livedMs < goodLifeMs ? this.#shortLives + 1 : 0
    this.#line = null
    this.#turn(false)
    const { code, says } = redisFault(error, place.where)
    this.#say(says, () => log.warn({ code }, `${says} ${errorEntry(code).sentence} ${meanwhile}`))
    const waitMs = Math.min(pace.longestWaitMs, firstWaitMs * 2 ** Math.min(this.#shortLives, 10))
    this.#cancelWait = scheduler.after(waitMs * (0.5 + random.fraction() / 2), () => this.#openLine())
  }

  #turn(isUp: boolean): void {
    if (this.#isUp === isUp) return
    this.#isUp = isUp
    for (const changed of [...this.#watchers]) changed(isUp)
  }

  #received(channel: string, bytes: Uint8Array): void {
    const listened = this.#listenedByChannel.get(channel)
    if (listened === undefined) return
    const { log } = this.parts
    const { topic, receivers } = listened
    try {
      const message = decodeMessage(topic, bytes)
      if (message !== null) for (const receive of [...receivers]) receive(message as never)
      else this.#say(`version ${bytes[0]}`, () => log.warn({ version: bytes[0] }, unknownVersion))
    } catch (error) {
      this.#say(`${topic.kind}: ${error}`, () => log.error({ error, topic }, 'a message from Redis was dropped'))
    }
  }

  #say(what: string, say: () => void): void {
    if (this.#said.has(what)) return
    this.#said.add(what)
    say()
  }
}

const settled = Promise.resolve()
const meanwhile = 'Until it is there, nodes meet by the store, which is slower.'
const unknownVersion =
  'Messages of another version come over Redis and are passed over: while nodes of two versions run, they read from the store.'
