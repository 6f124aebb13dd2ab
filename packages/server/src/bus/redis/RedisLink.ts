import type { Redis } from 'ioredis'
import type { Scheduler } from '../../socket/Scheduler.js'
import { slotOfChannel } from './channelOf.js'

/** What waits to be sent or taken beyond this is too much for this Redis: 16 MB, half of what it keeps for a reader. */
const maxWaitingBytes = 16 << 20
const maxChannelsPerCommand = 512

export interface LinkParts {
  readonly publisher: Redis
  readonly subscriber: Redis
  /** A cluster's node: its channels are sharded. */
  readonly isSharded: boolean
  readonly scheduler: Scheduler
  readonly received: (channel: string, bytes: Uint8Array) => void
  /** Something was lost, or may have been. */
  readonly failed: (error: unknown) => void
}

/** The two connections to one Redis node. What is published in one turn of the event loop goes out in one write. */
export class RedisLink {
  #gathered: { readonly channel: string; readonly bytes: Uint8Array }[] = []
  #waitingBytes = 0

  constructor(private readonly parts: LinkParts) {
    const { publisher, subscriber, isSharded, received, failed } = parts
    for (const redis of [publisher, subscriber]) {
      redis.on('error', failed)
      redis.on('close', () => failed(new Error('the connection was closed')))
    }
    subscriber.on(isSharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, message: Buffer) => {
      received(channel.toString('latin1'), message)
    })
    // A slot went to another node, and what was subscribed to in it is subscribed to no more.
    subscriber.on('moved', () => failed(new Error('MOVED: channels went to another node of the cluster')))
  }

  publish(channel: string, bytes: Uint8Array): void {
    if (this.#waitingBytes > maxWaitingBytes) {
      this.parts.failed(new Error(`more than ${maxWaitingBytes >> 20} MB wait to be taken`))
      return
    }
    this.#waitingBytes += bytes.length
    if (this.#gathered.push({ channel, bytes }) === 1) this.parts.scheduler.soon(() => this.#flush())
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const { subscriber, isSharded } = this.parts
    await Promise.all(
      this.#commands(channels).map(some =>
        isSharded ? subscriber.ssubscribe(...some) : subscriber.subscribe(...some),
      ),
    )
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    const { subscriber, isSharded } = this.parts
    await Promise.all(
      this.#commands(channels).map(some =>
        isSharded ? subscriber.sunsubscribe(...some) : subscriber.unsubscribe(...some),
      ),
    )
  }

  /** A master that became a replica goes on serving those who are connected, and reaches nobody else. */
  async mustBeMaster(): Promise<void> {
    const role = await this.parts.publisher.role().catch(() => null) // not everyone may ask
    if (role !== null && role[0] !== 'master') throw new Error(`this Redis is a ${role[0]} now`)
  }

  /** Sends what was published. */
  async drained(): Promise<void> {
    this.#flush()
    await this.parts.publisher.ping()
  }

  #flush(): void {
    const batch = this.#gathered
    if (batch.length === 0) return
    this.#gathered = []
    const { publisher, isSharded, failed } = this.parts
    // Not a pipeline of ioredis: to make one and to gather its results costs more than the commands themselves.
    publisher.stream.cork()
    for (const { channel, bytes } of batch) {
      const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const taken = () => {
        this.#waitingBytes -= bytes.length
      }
      if (isSharded) publisher.spublish(channel, content).then(taken, failed)
      else publisher.publish(channel, content).then(taken, failed)
    }
    publisher.stream.uncork()
  }

  /** As few commands as can be: of a cluster one command names channels of one slot only. */
  #commands(channels: readonly string[]): string[][] {
    const commands: string[][] = []
    const lastBySlot = new Map<number, string[]>()
    for (const channel of channels) {
      const slot = this.parts.isSharded ? slotOfChannel(channel) : 0
      const last = lastBySlot.get(slot)
      if (last !== undefined && last.length < maxChannelsPerCommand) last.push(channel)
      else {
        const command = [channel]
        lastBySlot.set(slot, command)
        commands.push(command)
      }
    }
    return commands
  }
}
