import { setTimeout as sleep } from 'node:timers/promises'
import { schemaModelOf } from '@tidemark/core'
import { postgres } from '@tidemark/server/postgres'
import { PostgresServer } from '@tidemark/server/testing/PostgresServer'
import { RedisServer } from '@tidemark/server/testing/RedisServer'
import type { Dice } from '../../sim/world/Dice.js'
import { readStore, type StoreReading } from '../StoreReading.js'
import { schema } from '../schema.js'
import { Wire } from '../Wire.js'
import { keepHistory, readHistory, type Step } from './History.js'
import { Member } from './Member.js'

/** That something is away is said by whoever needs it. */
const isExcused = (error: string): boolean =>
  /Postgres did not do what it was asked|The store cannot be reached/.test(error)

interface ClusterSettings {
  readonly nodes: number
  readonly leaseMs: number
  readonly isFenced?: boolean
  readonly isWired?: boolean
}

/** Nodes in processes of their own, on a Postgres and a Redis of their own, and the wires to all of them. */
export class RealCluster {
  readonly members: Member[] = []
  /** Of clients, each of which leads to some node that serves. */
  readonly lines: Wire[] = []
  #names = 0

  private constructor(
    private readonly settings: ClusterSettings,
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
  ) {}

  static async start(settings: ClusterSettings): Promise<RealCluster> {
    const [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()])
    const cluster = new RealCluster(settings, postgres, redis)
    try {
      await Promise.all(Array.from({ length: settings.nodes }, () => cluster.add()))
      await postgres.query(keepHistory)
      return cluster
    } catch (error) {
      await cluster.destroy()
      throw error
    }
  }

  /** One node more. */
  async add(): Promise<Member> {
    const { leaseMs, isFenced = true, isWired = true } = this.settings
    const name = `node${++this.#names}`
    const { postgres, redis } = this
    const member = new Member({ name, postgres, redis, isWired, leaseMs, isFenced })
    this.members.push(member)
    await member.start()
    return member
  }

  /** It goes for good. */
  async remove(member: Member): Promise<void> {
    await member.stop()
    this.members.splice(this.members.indexOf(member), 1)
    await member.destroy()
  }

  /** The address of a client's own line, by which each connection comes to some node, as with a balancer. */
  async line(dice: Dice): Promise<string> {
    const line = new Wire(() => {
      const serving = this.members.filter(({ isServing }) => isServing)
      if (serving.length === 0) return null
      const { hostname: host, port } = new URL(dice.pick(serving).node.url)
      return { host, port: Number(port) }
    })
    this.lines.push(line)
    return `ws://127.0.0.1:${await line.open()}`
  }

  /** Who committed last in a workspace; undefined if that life is over. */
  async ownerOf(workspace: string): Promise<Member | undefined> {
    const text = `SELECT writer FROM history.step WHERE workspace = '${workspace}' ORDER BY last DESC LIMIT 1`
    const [step] = await this.postgres.query(text).catch(() => []) // it may be away just now
    return this.members.find(({ life, isServing }) => isServing && life === step?.writer)
  }

  /** Every wire is as new, and every node serves. */
  async heal(): Promise<void> {
    for (const wire of this.wires) wire.mend()
    while (!this.members.every(({ isServing }) => isServing)) await sleep(50)
  }

  async read(workspace: string): Promise<StoreReading> {
    const store = await postgres(this.postgres.url).open(schemaModelOf(schema))
    try {
      return await readStore(store, workspace)
    } finally {
      await store.close()
    }
  }

  async history(): Promise<readonly Step[]> {
    return (await this.postgres.query(readHistory)) as unknown as Step[]
  }

  /** What no fault that is tried here excuses. */
  get errors(): readonly string[] {
    const said = this.members.flatMap(({ name, node }) => node.errors.map(error => `${name}: ${error}`))
    return said.filter(error => !isExcused(error))
  }

  async destroy(): Promise<void> {
    await Promise.all(this.members.map(member => member.destroy()))
    await Promise.all(this.lines.map(line => line.close()))
    await Promise.all([this.postgres.stop(), this.redis.remove()])
  }

  private get wires(): readonly Wire[] {
    return [...this.lines, ...this.members.flatMap(({ toPostgres, toRedis }) => [toPostgres, toRedis])]
  }
}
