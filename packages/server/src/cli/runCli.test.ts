import { afterEach, describe, expect, it } from 'vitest'
import { StockClient } from '../yjs/testing/StockClient.js'
import { runCli } from './runCli.js'
import { CliProcess } from './testing/CliProcess.js'
import { TestConsole } from './testing/TestConsole.js'

const tracker = new URL('./testing/tracker.config.ts', import.meta.url).pathname
const rules = new URL('./testing/rules.config.ts', import.meta.url).pathname
const main = new URL('./main.ts', import.meta.url).pathname

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function testConsole(env: Readonly<Record<string, string>> = { TIDEMARK_LOG: 'silent' }): TestConsole {
  const made = new TestConsole(env)
  ends.push(() => made.remove())
  return made
}

function running(console: TestConsole, ...args: string[]) {
  const ended = runCli([...args, '--port', '0'], console)
  ends.push(() => {
    console.stop()
    return ended
  })
  return ended
}

function connect(url: string, room: string, user = 'alice'): StockClient {
  const client = new StockClient(`${url}/yjs`, room, user)
  ends.push(() => client.destroy())
  return client
}

describe('tidemark dev', () => {
  it('[S-CLI-2, S-CLI-8, G1] without a configuration is a durable y-websocket server: nothing is lost when it is killed', async () => {
    const { directory } = testConsole()
    const start = async () => {
      const args = ['--conditions=@tidemark/source', '--import', 'tsx', main, 'dev', '--port', '0', '--data', directory]
      const started = await CliProcess.start(...args)
      ends.push(() => started.kill('SIGKILL'))
      return started
    }
    const first = await start()
    const alice = connect(first.url, 'acme/whatever/room/1')
    const bob = connect(first.url, 'acme/whatever/room/1', 'bob')
    await Promise.all([alice.synced(), bob.synced()])
    alice.text.insert(0, 'kept')
    await bob.reads('kept')
    first.kill('SIGKILL')
    expect(await first.exited).toBe('SIGKILL')
    const second = await start()
    await connect(second.url, 'acme/whatever/room/1').reads('kept')
    // As through npx: the group gets it, and then once more from npx.
    second.kill('SIGTERM')
    second.kill('SIGTERM')
    expect(await second.exited).toBe(0)
  })

  it('[S-CLI-4] lets everyone be who they say, and pages of all origins call', async () => {
    const console = testConsole()
    running(console, 'dev', tracker)
    const url = await console.listening()
    const post = async (query: string, body: object, headers = {}) => {
      const response = await fetch(`${url}/v1/acme/records${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      return { response, ...((await response.json()) as { id: string }) }
    }
    const insert = (id: string) => ({ op: 'insert', collection: 'tasks', id, values: { title: id } })
    const { response } = await post('?user=bob', insert('a'))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    await post('', insert('b'), { authorization: 'Bearer carol' })
    await post('', insert('c'))
    const read = await fetch(`${url}/v1/acme/snapshot`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ targets: [{ collection: 'tasks', list: { orderBy: 'id' } }] }),
    })
    const { results } = (await read.json()) as { results: [{ $createdBy: string }[]] }
    expect(results[0].map(({ $createdBy }) => $createdBy)).toEqual(['bob', 'carol', 'dev'])
    const preflight = await fetch(`${url}/v1/acme/records`, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      200,
      'authorization, content-type, idempotency-key',
    ])
  })

  it('[S-CLI-2] without a configuration leaves the data of an app alone', async () => {
    const console = testConsole()
    const first = running(console, 'dev', tracker)
    await console.listening()
    console.stop()
    expect(await first).toBe(0)
    expect(await running(console, 'dev')).toBe(1)
    expect(console.complained[0]).toMatch(/^BAD_CONFIG: .*collection tasks: give its configuration/)
  })

  it('[S-CLI-5] says in a sentence why it cannot start', async () => {
    const console = testConsole()
    running(console, 'dev', tracker)
    const url = await console.listening()
    expect(await runCli(['dev', tracker, '--port', '0'], console)).toBe(1)
    expect(console.complained.splice(0)).toEqual([
      expect.stringMatching(/^DIRECTORY_IN_USE: The data directory .* is in use by process \d+/),
      'See https://tidemark.dev/errors/DIRECTORY_IN_USE',
    ])
    const other = testConsole()
    expect(await runCli(['dev', tracker, '--port', new URL(url).port], other)).toBe(1)
    expect(other.complained[0]).toMatch(/^PORT_TAKEN: Port \d+ is taken/)
    // What it had opened until then is free again.
    const again = running(other, 'dev', tracker)
    await other.listening()
    other.stop()
    expect(await again).toBe(0)
  })
})

describe('tidemark start', () => {
  it('[S-CLI-4] asks the configuration who may do what', async () => {
    const console = testConsole({ TIDEMARK_LOG: 'info' })
    running(console, 'start', rules)
    const url = await console.listening()
    const statusFor = async (headers: Record<string, string>) =>
      (await fetch(`${url}/v1/acme/access?user=alice`, { method: 'POST', headers, body: '"all"' })).status
    const json = { 'content-type': 'application/json' }
    expect(await statusFor(json)).toBe(401)
    expect(await statusFor({ ...json, authorization: 'Bearer alice' })).toBe(200)
  })

  it('[S-CLI-4] does not start without', async () => {
    const console = testConsole()
    expect(await runCli(['start'], console)).toBe(1)
    expect(await runCli(['start', tracker], console)).toBe(1)
    expect(console.complained.filter(line => !line.startsWith('See'))).toEqual([
      expect.stringMatching(/^BAD_CONFIG: Give the configuration/),
      expect.stringMatching(/^BAD_CONFIG: .* has no authenticate/),
    ])
  })
})

describe('tidemark', () => {
  it('[S-CLI-1] helps', async () => {
    const console = testConsole()
    expect(await runCli([], console)).toBe(0)
    expect(console.said[0]).toContain('tidemark <command>')
    expect(await runCli(['doctor', '-h'], console)).toBe(0)
    expect(console.said[1]).toContain('--time-url')
  })

  it('[S-CLI-5] says where to look when something was not foreseen', async () => {
    const console = new TestConsole()
    console.remove()
    const say = console.say.bind(console)
    console.say = line => {
      if (line.startsWith('tidemark')) throw new Error('the pipe broke')
      say(line)
    }
    expect(await runCli([], console)).toBe(1)
    expect(console.complained.join('\n')).toMatch(/the pipe broke\n +at [\s\S]*tidemark doctor/)
  })
})
