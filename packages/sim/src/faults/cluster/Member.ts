import { setTimeout as sleep } from 'node:timers/promises'
import { NodeChild } from '../NodeChild.js'
import { Wire } from '../Wire.js'

const againMs = 200

interface MemberParts {
  /** Its lives are called `a.1`, `a.2` … at the store. */
  readonly name: string
  readonly postgresSocket: string
  readonly redisPort: number
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

  constructor(private readonly parts: MemberParts) {
    const { postgresSocket, redisPort, leaseMs, isFenced } = parts
    this.toPostgres = new Wire(() => ({ path: postgresSocket }))
    this.toRedis = new Wire(() => ({ host: '127.0.0.1', port: redisPort }))
    this.node = new NodeChild(life => {
      const application = `application_name=${parts.name}.${life}`
      return {
        kind: 'cluster',
        postgres: `postgres://postgres@127.0.0.1:${this.#ports?.postgres}/postgres?${application}`,
        redis: `redis://127.0.0.1:${this.#ports?.redis}`,
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
    this.#isWanted = true
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

  async destroy(): Promise<void> {
    await this.kill()
    this.node.destroy()
    await Promise.all([this.toPostgres.close(), this.toRedis.close()])
  }
}
