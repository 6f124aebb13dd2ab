import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { needsRedis, RedisServer } from '../bus/testing/RedisServer.js'
import { describeWithPostgres } from '../store/postgres/testing/describeWithPostgres.js'
import { PostgresServer } from '../store/postgres/testing/PostgresServer.js'
import { runCli } from './runCli.js'
import { TestConsole } from './testing/TestConsole.js'

const rules = new URL('./testing/rules.config.ts', import.meta.url).pathname
const ready = { status: 200, body: { status: 'ready' } }
const unready = { status: 503, body: { code: 'STORE_FAILED' } }

/** `tidemark start` of a node that lasts as long as the test, and what can be asked of it. */
class RunningCli {
  private constructor(
    readonly console: TestConsole,
    private readonly url: string,
  ) {}

  static async start(databaseUrl: string, redisUrl: string): Promise<RunningCli> {
    const console = new TestConsole({ TIDEMARK_LOG: 'info', DATABASE_URL: databaseUrl, REDIS_URL: redisUrl })
    const ended = runCli(['start', rules, '--port', '0'], console)
    onTestFinished(async () => {
      console.stop()
      expect(await ended).toBe(0)
      console.remove()
    })
    return new RunningCli(console, await console.listening())
  }

  async asked(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.url}${path}`)
    return { status: response.status, body: await response.json() }
  }

  async gauge(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    return Number(new RegExp(`^tidemark_${name} (\\d+)$`, 'm').exec(text)?.[1])
  }

  /** Adds a task. */
  async write(): Promise<number> {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer alice' }
    const body = JSON.stringify({ op: 'insert', collection: 'tasks', values: { title: 'one more' } })
    return (await fetch(`${this.url}/v1/acme/records`, { method: 'POST', headers, body })).status
  }
}

describeWithPostgres('a node of a cluster', () => {
  let postgres: PostgresServer
  beforeAll(async () => {
    postgres = await PostgresServer.start()
  })
  afterAll(() => postgres.stop())

  it('[S-CLUSTER-8, S-HTTP-1] whose Postgres goes says so, is not ready and refuses, and goes on by itself when it is back', async () => {
    const node = await RunningCli.start(postgres.url, '')
    expect(await node.asked('/readyz')).toMatchObject(ready)
    expect(await node.write()).toBe(200)

    await postgres.kill()
    expect(await node.console.says(/The store cannot be reached/)).toMatch(
      /"level":50,.* outboxes.* \/readyz says no\. It is asked every second/,
    )
    expect(await node.asked('/readyz')).toMatchObject(unready)
    expect(await node.asked('/healthz')).toMatchObject({ status: 200 })
    expect(await node.gauge('store_up')).toBe(0)
    expect(await node.write()).toBe(503)

    await postgres.run()
    await node.console.says(/the store answers again/)
    expect(await node.asked('/readyz')).toMatchObject(ready)
    expect(await node.gauge('store_up')).toBe(1)
    expect(await node.write()).toBe(200)
    expect(node.console.said.filter(line => line.includes('The store cannot be reached'))).toHaveLength(1)
  })

  describe.runIf(needsRedis.isThere)(`and Redis${needsRedis.note}`, () => {
    it('[S-REDIS-9, S-CLUSTER-6] which is not there is said, and the node serves without; it takes it when it comes, and when it goes serves on', async () => {
      const redis = await RedisServer.start()
      onTestFinished(() => redis.remove())
      await redis.kill()
      const isAway = new RegExp(`"REDIS_AWAY".*Redis at 127\\.0\\.0\\.1:${redis.port} cannot be used`)
      const node = await RunningCli.start(postgres.url, redis.url)
      expect(await node.console.says(isAway)).toMatch(
        /ECONNREFUSED.* Start Redis, or correct its address .* nodes meet by the store/,
      )
      await node.console.says(/The node starts without Redis/)
      await servesWithout(node)

      await redis.start()
      await node.console.says(/Connected to Redis/)
      expect(await node.gauge('bus_up')).toBe(1)
      expect(await node.write()).toBe(200)

      const lineCount = node.console.said.length
      await redis.kill()
      expect(await node.console.says(isAway, lineCount)).toContain('nodes meet by the store')
      await servesWithout(node)
    })

    async function servesWithout(node: RunningCli): Promise<void> {
      expect(await node.gauge('bus_up')).toBe(0)
      expect(await node.asked('/readyz')).toMatchObject(ready)
      expect(await node.write()).toBe(200)
    }
  })
})
