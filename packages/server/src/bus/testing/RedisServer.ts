import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

/** For the title of tests that need a real Redis: says what is missing. In CI nothing may be missing. */
export const needsRedis = {
  isThere: isInstalled || process.env.CI === 'true',
  note: isInstalled ? '' : ' (skipped: redis-server is not installed)',
}

/** A test that is broken off leaves no server behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

/** A redis-server of its own on a free port of the loopback, without any persistence. */
export class RedisServer {
  #process: ChildProcess | null = null
  #admin: Redis | null = null
  readonly #connections: Redis[] = []

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: readonly string[],
  ) {}

  /** `settings` as on the command line of redis-server. */
  static async start(...settings: string[]): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'tidemark-redis-'))
    const server = new RedisServer(await freePort(), directory, settings)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** A connection that looks and meddles. */
  get admin(): Redis {
    this.#admin ??= this.connect()
    return this.#admin
  }

  /** Another one, which lasts as long as this server and comes back by itself. */
  connect(): Redis {
    const redis = new Redis(this.port, '127.0.0.1', { retryStrategy: () => 50 }).on('error', () => undefined)
    this.#connections.push(redis)
    return redis
  }

  async start(): Promise<void> {
    const fixed = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.directory, '--save', '']
    const started = spawn('redis-server', [...this.settings, ...fixed], { stdio: 'pipe' })
    this.#process = started
    running.add(started)
    started.once('exit', () => running.delete(started))
    let said = ''
    await new Promise<void>((resolve, reject) => {
      started.once('error', reject)
      started.once('exit', () => reject(new Error(`redis-server ended: ${said}`)))
      started.stdout?.on('data', (output: Buffer) => {
        said += output
        if (/Ready to accept connections|\+monitor/.test(said)) resolve()
      })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** It can be started again, on the same port. */
  async kill(): Promise<void> {
    const ended = this.#process
    this.#process = null
    if (ended === null || ended.exitCode !== null || ended.signalCode !== null) return
    const exit = once(ended, 'exit')
    ended.kill('SIGKILL')
    await exit
  }

  async remove(): Promise<void> {
    for (const redis of this.#connections) redis.disconnect()
    await this.kill()
    await rm(this.directory, { recursive: true, force: true })
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
