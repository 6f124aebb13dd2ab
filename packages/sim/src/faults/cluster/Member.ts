import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresServer } from '@tidemark/server/testing/PostgresServer'
import type { RedisServer } from '@tidemark/server/testing/RedisServer'
import { NodeChild } from '../NodeChild.js'
import { Wire } from '../Wire.js'

const againMs = 200

interface MemberParts {
  /** Its lives are called `a.1`, `a.2` … at the store. */
  readonly name: string
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  /** False: it goes straight to Postgres and Redis, since its wires would work as hard as it does. */
  readonly isWired: boolean
  readonly leaseMs: number
  readonly isFenced: boolean
}

/** A node of a cluster, and its wires to Postgres and Redis. */
export class Member {
  readonly node: NodeChild
  readonly toPostgres: Wire
  readonly toRedis: Wire
  #ports: { readonly postgres: number; readonly redis: number } | null = null
  #isWanted = false
  #isPaused = false
  #isGone = false

  constructor(private readonly parts: MemberParts) {
    const { postgres, redis, isWired, leaseMs, isFenced } = parts
    this.toPostgres = new Wire(() => ({ path: postgres.socketPath }))
    this.toRedis = new Wire(() => ({ host: '127.0.0.1', port: redis.port }))
    this.node = new NodeChild(life => {
      const application = `application_name=${parts.name}.${life}`
      const wire = `postgres://postgres@127.0.0.1:${this.#ports?.postgres}/postgres?${application}`
      return {
        kind: 'cluster',
        postgres: isWired ? wire : `${postgres.url}&${application}`,
        redis: isWired ? `redis://127.0.0.1:${this.#ports?.redis}` : redis.url,
        leaseMs,
        isFenced,
      }
    })
  }

  get name(): string {
    return this.parts.name
  }

  /** Its present life, or the last. */
  get life(): string {
    return `${this.name}.${this.node.starts}`
  }

  /** Whether a balancer would send somebody there. */
  get isServing(): boolean {
    return this.#isWanted && this.node.isRunning && !this.#isPaused && this.node.url !== ''
  }

  /** Again and again while what it needs is away, as whatever looks after processes does. */
  async start(): Promise<void> {
    this.#isWanted = !this.#isGone
    if (this.#isGone) return
    this.#ports ??= { postgres: await this.toPostgres.open(), redis: await this.toRedis.open() }
    while (this.#isWanted) {
      try {
        await this.node.start()
        return
      } catch {
        await sleep(againMs)
      }
    }
  }

  async kill(): Promise<void> {
    this.#isWanted = false
    await this.node.kill()
  }

  async stop(): Promise<void> {
    this.#isWanted = false
    await this.node.stop()
  }

  async pausedFor(ms: number): Promise<void> {
    this.#isPaused = true
    this.node.pause()
    await sleep(ms)
    this.node.resume()
    this.#isPaused = false
  }

  /** It never comes back. */
  async destroy(): Promise<void> {
    this.#isGone = true
    await this.kill()
    this.node.destroy()
    await Promise.all([this.toPostgres.close(), this.toRedis.close()])
  }
}
