import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisServer } from './RedisServer.js'

/** A master, its replica, and a Sentinel that watches over both. */
export class RedisSentinel {
  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinel: RedisServer,
    private readonly directory: string,
  ) {}

  static async start(): Promise<RedisSentinel> {
    const master = await RedisServer.start()
    const replica = await RedisServer.start('--replicaof', `127.0.0.1 ${master.port}`)
    const directory = await mkdtemp(join(tmpdir(), 'tidemark-sentinel-'))
    const file = join(directory, 'sentinel.conf')
    await writeFile(file, `sentinel monitor main 127.0.0.1 ${master.port} 1\n`)
    const sentinel = await RedisServer.start(file, '--sentinel')
    const made = new RedisSentinel(master, replica, sentinel, directory)
    await made.#replicaKnown()
    return made
  }

  async failover(): Promise<void> {
    await this.sentinel.admin.call('SENTINEL', 'FAILOVER', 'main')
  }

  async remove(): Promise<void> {
    await Promise.all([this.master, this.replica, this.sentinel].map(server => server.remove()))
    await rm(this.directory, { recursive: true, force: true })
  }

  /** Sentinel asks the master for its replicas, in its own time. */
  async #replicaKnown(): Promise<void> {
    for (;;) {
      const replicas = (await this.sentinel.admin.call('SENTINEL', 'REPLICAS', 'main')) as unknown[]
      const linked = String(await this.replica.admin.info('replication')).includes('master_link_status:up')
      if (replicas.length > 0 && linked) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
