import type { Redis, RedisOptions } from 'ioredis'
import type { Scheduler } from '../../socket/Scheduler.js'
import { partitionIn, pulseChannel, slotOfChannel } from './channelOf.js'
import { clusterMasters } from './clusterMasters.js'
import { connected } from './connected.js'
import { RedisLink } from './RedisLink.js'
import type { RedisPlace } from './RedisPlace.js'

/** How often a line listens whether it still hears itself, how much silence ends it, and how long it may take to open. */
export interface LinePace {
  readonly pulseMs: number
  readonly silentPulses: number
  readonly openingMs: number
}

export interface LineParts {
  readonly place: RedisPlace
  /** Names this line's own channels: no other line has it. */
  readonly name: string
  readonly pace: LinePace
  readonly scheduler: Scheduler
  readonly wanted: () => Iterable<string>
  readonly isWanted: (channel: string) => boolean
  readonly received: (channel: string, bytes: Uint8Array) => void
  /** All that is published from now on arrives. */
  readonly opened: () => void
  /** Something is lost, or may be. Said once; the line does and says nothing more. */
  readonly ended: (error: unknown) => void
}

/** A node of Redis, and a channel through which the line hears itself there. */
interface Place {
  readonly link: RedisLink
  readonly hasSlot: (slot: number) => boolean
  readonly pulse: string
  /** Pulses sent since the last that came back. Counted, not timed: a node that stood still has heard nothing either. */
  unheard: number
}

/**
 * One life of the connections to Redis: a link to each of its nodes, over which every message arrives, or which ends.
 *
 *     connecting ──connected──▶ subscribing ──all pulses heard──▶ open
 *          └───────────────any fault, silence, or end()────────────┴──▶ over
 *
 * Nothing in it is mended: after a fault nobody knows what was lost, so the whole line is given up and another opened.
 */
export class RedisLine {
  #state: 'connecting' | 'subscribing' | 'open' | 'over' = 'connecting'
  #places: readonly Place[] = []
  readonly #connections = new Set<Redis>()
  /** What Redis was asked for, and when that is in force. */
  readonly #asked = new Map<string, Promise<void>>()
  readonly #changed = new Set<string>()
  #turn: Promise<void> | null = null
  /** Whoever waits for Redis does not wait for a line that is over. */
  readonly #unsettled = new Set<() => void>()
  #cancelTimer: () => void

  constructor(private readonly parts: LineParts) {
    const { scheduler, pace } = parts
    this.#cancelTimer = scheduler.after(pace.openingMs, () => {
      this.#end(new Error(`nothing came of ${this.#state} for ${pace.openingMs / 1_000} s`))
    })
    this.#open().catch(error => this.#end(error))
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  publish(channel: string, bytes: Uint8Array): void {
    this.#placeOf(channel).link.publish(channel, bytes)
  }

  /** A channel became wanted or unwanted. Settles when that is in force, or cannot be had from this line. */
  changed(channel: string): Promise<void> {
    // Before it is connected nothing was asked for yet; then all that is wanted is.
    if (this.#state === 'connecting' || this.#state === 'over') return settled
    this.#changed.add(channel)
    this.#turn ??= new Promise(resolve => this.parts.scheduler.soon(() => resolve(this.#ask())))
    return this.#turn.then(() => this.#asked.get(channel))
  }

  /** Sends what was published, then goes. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      await this.#unlessOver(Promise.all(this.#places.map(({ link }) => link.drained())))
    }
    this.#end(null)
  }

  async #open(): Promise<void> {
    const { place, name, wanted } = this.parts
    const whole = { address: place.addresses[0] as RedisOptions, hasSlot: () => true }
    const nodes = place.isCluster ? await clusterMasters(place, address => this.#connect(address)) : [whole]
    const serving = nodes.filter(({ hasSlot }) => partitionIn(hasSlot) !== undefined)
    this.#places = await Promise.all(
      serving.map(async ({ address, hasSlot }) => {
        const [publisher, subscriber] = await Promise.all([this.#connect(address), this.#connect(address)])
        const pulse = pulseChannel(place.prefix, partitionIn(hasSlot) as string, name)
        return { link: this.#link(publisher, subscriber), hasSlot, pulse, unheard: 0 }
      }),
    )
    if (this.#state === 'over') return
    this.#state = 'subscribing'
    for (const channel of wanted()) this.#changed.add(channel)
    this.#ask()
    // A connection is answered in order: when it has the pulse, all that was asked for before is in force.
    await Promise.all(this.#places.map(({ link, pulse }) => link.subscribe([pulse])))
    if (this.#state === 'subscribing') this.#beat()
  }

  /** Asks Redis for what has changed in this turn: each node in one go. */
  #ask(): void {
    this.#turn = null
    const added: string[] = []
    const removed: string[] = []
    for (const channel of this.#changed) {
      if (this.parts.isWanted(channel)) {
        if (!this.#asked.has(channel)) added.push(channel)
      } else if (this.#asked.delete(channel)) removed.push(channel)
    }
    this.#changed.clear()
    if (this.#state === 'over') return
    for (const [place, channels] of this.#byPlace(removed)) void this.#unlessOver(place.link.unsubscribe(channels))
    for (const [place, channels] of this.#byPlace(added)) {
      const inForce = this.#unlessOver(place.link.subscribe(channels))
      for (const channel of channels) this.#asked.set(channel, inForce)
    }
  }

  #beat(): void {
    const { pace, scheduler } = this.parts
    for (const place of this.#places) {
      if (place.unheard >= pace.silentPulses) {
        this.#end(new Error(`nothing came back for ${(pace.silentPulses * pace.pulseMs) / 1_000} s`))
        return
      }
      place.unheard++
      place.link.publish(place.pulse, new Uint8Array())
      place.link.mustBeMaster().catch(error => this.#end(error))
    }
    if (this.#state === 'open') this.#cancelTimer = scheduler.after(pace.pulseMs, () => this.#beat())
  }

  #received(channel: string, bytes: Uint8Array): void {
    if (this.#state === 'over') return
    const place = this.#places.find(({ pulse }) => pulse === channel)
    if (place === undefined) {
      this.parts.received(channel, bytes)
      return
    }
    place.unheard = 0
    if (this.#state !== 'subscribing' || this.#places.some(({ unheard }) => unheard > 0)) return
    this.#state = 'open'
    this.#cancelTimer()
    this.#cancelTimer = this.parts.scheduler.after(this.parts.pace.pulseMs, () => this.#beat())
    this.parts.opened()
  }

  /** Null: nobody has to know. */
  #end(error: unknown): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelTimer()
    for (const redis of this.#connections) redis.disconnect()
    for (const settle of this.#unsettled) settle()
    if (error !== null) this.parts.ended(error)
  }

  #connect(address: RedisOptions): Promise<Redis> {
    if (this.#state === 'over') throw new Error('the line is over')
    const redis = this.parts.place.connection(address)
    this.#connections.add(redis)
    return connected(redis)
  }

  #link(publisher: Redis, subscriber: Redis): RedisLink {
    const { place, scheduler } = this.parts
    return new RedisLink({
      publisher,
      subscriber,
      isSharded: place.isCluster,
      scheduler,
      received: (channel, bytes) => this.#received(channel, bytes),
      failed: error => this.#end(error),
    })
  }

  /** Settles with it, or when the line is over, which it is when this fails. */
  #unlessOver(done: Promise<unknown>): Promise<void> {
    return new Promise(resolve => {
      const settle = () => {
        this.#unsettled.delete(settle)
        resolve()
      }
      this.#unsettled.add(settle)
      done.then(settle, error => this.#end(error))
    })
  }

  #placeOf(channel: string): Place {
    const [only] = this.#places
    if (this.#places.length === 1) return only as Place
    const slot = slotOfChannel(channel)
    return this.#places.find(({ hasSlot }) => hasSlot(slot)) as Place
  }

  #byPlace(channels: readonly string[]): Map<Place, string[]> {
    const byPlace = new Map<Place, string[]>()
    for (const channel of channels) {
      const place = this.#placeOf(channel)
      const others = byPlace.get(place)
      if (others === undefined) byPlace.set(place, [channel])
      else others.push(channel)
    }
    return byPlace
  }
}

const settled = Promise.resolve()
