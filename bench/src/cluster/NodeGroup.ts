import { PostgresServer } from '@tidemark/server/testing/PostgresServer'
import { RedisServer } from '@tidemark/server/testing/RedisServer'
import { NodeProcess, type NodeWork } from './NodeProcess.js'

/** Nodes in processes of their own, on a Postgres and a Redis of their own. */
export class NodeGroup {
  readonly nodes: NodeProcess[] = []
  #names = 0

  private constructor(
    private readonly postgres: PostgresServer,
    readonly redis: RedisServer,
  ) {}

  static async start(size: number): Promise<NodeGroup> {
    const group = new NodeGroup(await PostgresServer.start([]), await RedisServer.start())
    while (group.nodes.length < size) await group.add()
    return group
  }

  /** One node more. */
  async add(): Promise<void> {
    const place = { name: `n${++this.#names}`, postgres: this.postgres.url, redis: this.redis.url }
    this.nodes.push(await NodeProcess.start(place))
  }

  /** Forgets one that was stopped or killed, and starts another. */
  async replace(node: NodeProcess): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1)
    await this.add()
  }

  /** By the store. */
  async ownerOf(workspace: string): Promise<NodeProcess | undefined> {
    const text = `SELECT owner FROM tidemark.shard JOIN tidemark.workspace USING (shard) WHERE name = '${workspace}'`
    const [row] = await this.postgres.query(text)
    return this.nodes.find(({ name }) => String(row?.owner).startsWith(`${name}-`))
  }

  /** Of all nodes together. */
  async work(): Promise<NodeWork> {
    const works = await Promise.all(this.nodes.map(node => node.work()))
    const sumOf = (key: keyof NodeWork) => works.reduce((sum, work) => sum + work[key], 0)
    return { cpuMs: sumOf('cpuMs'), crowdedOutMs: sumOf('crowdedOutMs'), evaluations: sumOf('evaluations') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(node => node.kill()))
    await Promise.all([this.postgres.stop(), this.redis.remove()])
  }
}
