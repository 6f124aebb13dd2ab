import { freePort, RedisServer } from './RedisServer.js'

const slotCount = 16_384

/** Three masters on this machine that share the slots; no replicas. */
export class RedisCluster {
  private constructor(readonly servers: readonly RedisServer[]) {}

  static async start(): Promise<RedisCluster> {
    const settings = [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-node-timeout',
      '1000',
    ]
    const busPorts = await Promise.all([freePort(), freePort(), freePort()])
    const servers = await Promise.all(
      busPorts.map(port => RedisServer.start(...settings, '--cluster-port', String(port))),
    )
    const cluster = new RedisCluster(servers)
    const share = Math.ceil(slotCount / servers.length)
    for (const [index, { admin }] of servers.entries()) {
      await admin.cluster('SET-CONFIG-EPOCH', index + 1)
      await admin.cluster('ADDSLOTSRANGE', index * share, Math.min(slotCount, (index + 1) * share) - 1)
    }
    const first = servers[0] as RedisServer
    for (const [index, { port }] of servers.entries()) {
      if (index > 0) await first.admin.cluster('MEET', '127.0.0.1', port, busPorts[index] as number)
    }
    for (const server of servers) await cluster.#agreed(server)
    return cluster
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url)
  }

  /** Gives an empty slot to another node. */
  async moveSlot(slot: number, to: RedisServer): Promise<void> {
    const id = await to.admin.cluster('MYID')
    await to.admin.cluster('SETSLOT', slot, 'NODE', String(id))
    for (const { admin } of this.servers) await admin.cluster('SETSLOT', slot, 'NODE', String(id))
  }

  /** The server that has this slot, and one that has not. */
  async around(slot: number): Promise<{ readonly owner: RedisServer; readonly other: RedisServer }> {
    const first = this.servers[0] as RedisServer
    const ranges = await first.admin.cluster('SLOTS')
    const [, , master] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? []
    const owner = this.servers.find(({ port }) => port === master?.[1]) as RedisServer
    return { owner, other: this.servers.find(server => server !== owner) as RedisServer }
  }

  async remove(): Promise<void> {
    await Promise.all(this.servers.map(server => server.remove()))
  }

  /** Nodes tell each other by gossip who has what; there is nothing to wait for but that. */
  async #agreed({ admin }: RedisServer): Promise<void> {
    for (;;) {
      const state = String(await admin.cluster('INFO'))
      if (state.includes('cluster_state:ok') && state.includes(`cluster_slots_ok:${slotCount}`)) return
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}
