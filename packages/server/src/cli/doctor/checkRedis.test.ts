import { describe, expect, it, onTestFinished } from 'vitest'
import { placeFrom, type RedisBusOptions } from '../../bus/redis/RedisPlace.js'
import { freePort, needsRedis, RedisServer } from '../../bus/testing/RedisServer.js'
import { runCli } from '../runCli.js'
import { TestConsole } from '../testing/TestConsole.js'
import { checkRedis, redisFindings } from './checkRedis.js'

const config = new URL('../testing/redis.config.ts', import.meta.url).pathname
const good = {
  version: '7.0.15',
  mode: 'standalone',
  clusterState: null,
  readerBytes: 8 << 20,
  clientBytes: Number.POSITIVE_INFINITY,
}
const one = placeFrom('redis://db')
const many = placeFrom({ url: 'redis://db', cluster: true })

const check = (options: RedisBusOptions) => checkRedis(placeFrom(options))

describe('what doctor says of Redis', () => {
  it.each([
    ['is too old', { ...good, version: '6.0.16' }, one, /Install Redis 6.2/],
    ['is too old for a cluster', { ...good, version: '6.2.1', mode: 'cluster', clusterState: 'ok' }, many, /Redis 7/],
    ['is a Sentinel', { ...good, mode: 'sentinel' }, one, /sentinels/],
    [
      'is a cluster that is taken for one server',
      { ...good, mode: 'cluster', clusterState: 'ok' },
      one,
      /cluster: true/,
    ],
    ['is no cluster', good, many, /Leave out/],
    ['is a cluster that is not whole', { ...good, mode: 'cluster', clusterState: 'fail' }, many, /CLUSTER INFO/],
    ['cuts its readers early', { ...good, readerBytes: 1 << 20 }, one, /client-output-buffer-limit/],
    ['cuts its clients early', { ...good, clientBytes: 1 << 20 }, one, /maxmemory-clients/],
  ])('[S-CLI-6] names the mend for one that %s', (_, report, place, mend) => {
    expect(redisFindings(report, place)).toEqual([
      expect.objectContaining({ status: 'problem', code: 'REDIS_UNFIT', mend: expect.stringMatching(mend) }),
    ])
  })

  it('[S-CLI-6] one that does not tell its settings is taken as it is', () => {
    const silent = { ...good, readerBytes: null, clientBytes: null }
    expect(redisFindings(silent, one)).toEqual([expect.objectContaining({ status: 'ok' })])
  })

  it('[S-CLI-6] names one that is away', async () => {
    const findings = await check({ url: `redis://127.0.0.1:${await freePort()}` })
    expect(findings).toEqual([
      expect.objectContaining({ code: 'REDIS_AWAY', says: expect.stringContaining('ECONNREFUSED') }),
    ])
  })
})

describe.runIf(needsRedis.isThere)(`what doctor finds of a real Redis${needsRedis.note}`, () => {
  async function serverWith(...settings: string[]): Promise<RedisServer> {
    const server = await RedisServer.start(...settings)
    onTestFinished(() => server.remove())
    return server
  }

  it('[S-CLI-6] all is well, and nothing is left behind', async () => {
    const server = await serverWith()
    process.env.TIDEMARK_TEST_REDIS = server.url
    const console = new TestConsole()
    onTestFinished(() => console.remove())
    await runCli(['doctor', config, '--json', '--port', '0'], console)
    const { findings } = JSON.parse(console.said.join('\n')) as { findings: { check: string }[] }
    expect(findings.filter(({ check }) => check === 'redis')).toEqual([
      { check: 'redis', status: 'ok', says: expect.stringMatching(/^Redis \d.* at 127.0.0.1:\d+ answers/) },
    ])
    expect(await server.admin.dbsize()).toBe(0)
  })

  it('[S-CLI-6] a user who is refused, or may not publish', async () => {
    const server = await serverWith()
    await server.admin.acl('SETUSER', 'bob', 'on', '>pass', 'resetchannels', '+@all')
    expect(await check({ url: server.url.replace('//', '//bob:pass@') })).toEqual([
      expect.objectContaining({ code: 'REDIS_REFUSED', says: expect.stringContaining('NOPERM') }),
    ])
    await server.admin.config('SET', 'requirepass', 'secret')
    expect(await check({ url: server.url })).toEqual([expect.objectContaining({ code: 'REDIS_REFUSED' })])
    expect(await check({ url: server.url.replace('//', '//:secret@') })).toEqual([
      expect.objectContaining({ status: 'ok' }),
    ])
  })

  it('[S-CLI-6] what it says of its readers, its mode, and the state of its cluster', async () => {
    const strict = await serverWith('--client-output-buffer-limit', 'pubsub 1mb 1mb 10', '--maxmemory-clients', '10mb')
    expect(await check({ url: strict.url })).toEqual([
      expect.objectContaining({ says: expect.stringContaining('1.0 MB wait') }),
      expect.objectContaining({ says: expect.stringContaining('10.0 MB wait for all') }),
    ])
    const lone = await serverWith('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()))
    expect(await check({ url: lone.url, cluster: true })).toEqual([
      expect.objectContaining({ says: 'The state of the cluster is fail.' }),
    ])
  })

  it('[S-CLI-6] one that says nothing is away', async () => {
    const server = await serverWith()
    server.signal('SIGSTOP')
    expect(await check({ url: server.url })).toEqual([expect.objectContaining({ code: 'REDIS_AWAY' })])
    server.signal('SIGCONT')
  })
})
