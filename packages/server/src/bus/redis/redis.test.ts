import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Bus } from '../Bus.js'
import { changesOf } from '../Bus.js'
import { KeptLog } from '../testing/KeptLog.js'
import { freePort, needsRedis, RedisServer } from '../testing/RedisServer.js'
import { redis } from './redis.js'

const badConfig = expect.objectContaining({ code: 'BAD_CONFIG' })

async function opened(address: Parameters<typeof redis>[0], log: KeptLog): Promise<Bus> {
  const bus = await redis(address).open(log)
  onTestFinished(() => bus.close())
  return bus
}

describe('redis()', () => {
  it.each([
    ['nothing', undefined, /environment/],
    ['no address', 'localhost', /redis:\/\//],
    ['an address of something else', 'https://localhost', /rediss:/],
    ['several addresses of one Redis', { url: ['redis://a', 'redis://b'] }, /cluster: true/],
    ['a prefix that would break a channel', { url: 'redis://a', prefix: 'a{b}' }, /prefix/],
  ] as const)('[S-REDIS-9] refuses %s', (_, address, sentence) => {
    expect(() => redis(address)).toThrow(badConfig)
    expect(() => redis(address)).toThrow(sentence)
  })

  it('[S-REDIS-9] never repeats a password', async () => {
    expect(() => redis('redis//user:secret@host')).not.toThrow(/secret/)
    const log = new KeptLog()
    await opened(`redis://user:secret@127.0.0.1:${await freePort()}`, log)
    expect(JSON.stringify(log.lines)).not.toContain('secret')
  })

  it('[S-REDIS-9] opens without Redis, says so with what to do and what it does meanwhile, and loses what is published', async () => {
    const log = new KeptLog()
    const port = await freePort()
    const bus = await opened(`redis://127.0.0.1:${port}`, log)
    const told: boolean[] = []
    bus.watch(isUp => told.push(isUp))
    await bus.subscribe(changesOf('acme'), () => undefined).started
    bus.publish(changesOf('acme'), { workspace: 'acme', epoch: 1, from: 0, to: 1, changes: [], answers: [] })
    expect(told).toEqual([false])
    const away = log.lines.filter(({ fields }) => 'code' in fields && fields.code === 'REDIS_AWAY')
    expect(away.map(({ message }) => message)).toEqual([
      expect.stringMatching(new RegExp(`127.0.0.1:${port} .*ECONNREFUSED.* Start Redis.* nodes meet by the store`)),
      expect.stringContaining('starts without Redis'),
    ])
  })
})

describe.runIf(needsRedis.isThere)(`redis() on a real Redis${needsRedis.note}`, () => {
  async function serverWith(...settings: string[]): Promise<RedisServer> {
    const server = await RedisServer.start(...settings)
    onTestFinished(() => server.remove())
    return server
  }

  it('[S-REDIS-9] is up when it has opened', async () => {
    const log = new KeptLog()
    const bus = await opened((await serverWith()).url, log)
    const told: boolean[] = []
    bus.watch(isUp => told.push(isUp))
    expect(told).toEqual([true])
    expect(log.lines).toEqual([expect.objectContaining({ level: 'info' })])
  })

  it('[S-REDIS-9] tells a user that is refused from a Redis that is away', async () => {
    const server = await serverWith('--requirepass', 'secret')
    for (const address of [server.url, server.url.replace('//', '//:wrong@')]) {
      const log = new KeptLog()
      await opened(address, log)
      expect(log.lines[0]).toMatchObject({
        fields: { code: 'REDIS_REFUSED' },
        message: expect.stringContaining('user'),
      })
    }
    const log = new KeptLog()
    await opened(server.url.replace('//', '//:secret@'), log)
    expect(log.lines).toEqual([expect.objectContaining({ level: 'info' })])
  })

  it('[S-REDIS-9] says that a Redis is no cluster', async () => {
    const log = new KeptLog()
    await opened({ url: (await serverWith()).url, cluster: true }, log)
    expect(log.lines[0]).toMatchObject({
      fields: { code: 'REDIS_UNFIT' },
      message: expect.stringMatching(/no cluster/),
    })
  })

  it('[S-REDIS-9] takes a user with a password and a socket in the file system', async () => {
    const path = join(tmpdir(), `tidemark-${process.pid}.sock`)
    const server = await serverWith('--unixsocket', path)
    await server.admin.acl('SETUSER', 'bob', 'on', '>pass', 'allchannels', '+@all')
    for (const address of [server.url.replace('//', '//bob:pass@'), { connection: { path } }]) {
      const log = new KeptLog()
      await opened(address, log)
      expect(log.lines).toEqual([expect.objectContaining({ level: 'info' })])
    }
  })
})
