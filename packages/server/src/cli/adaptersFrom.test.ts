import { expect, it, onTestFinished } from 'vitest'
import { memory } from '../store/memory/MemoryStore.js'
import { describeWithPostgres } from '../store/postgres/testing/describeWithPostgres.js'
import { PostgresServer } from '../store/postgres/testing/PostgresServer.js'
import { adaptersFrom } from './adaptersFrom.js'
import { runCli } from './runCli.js'
import { TestConsole } from './testing/TestConsole.js'

const rules = new URL('./testing/rules.config.ts', import.meta.url).pathname

function consoleWith(env: Readonly<Record<string, string>>): TestConsole {
  const made = new TestConsole({ TIDEMARK_LOG: 'silent', ...env })
  onTestFinished(() => made.remove())
  return made
}

it('[S-CLI-10] the environment names what the configuration leaves out, and nothing else', () => {
  const env = { DATABASE_URL: 'postgres://db/acme', REDIS_URL: 'redis://db' }
  expect(adaptersFrom({}, {})).toEqual({})
  expect(adaptersFrom({}, { DATABASE_URL: '', REDIS_URL: '' })).toEqual({})
  const { store, bus } = adaptersFrom({}, env)
  expect([store, bus]).toMatchObject([{ '~postgres': { url: env.DATABASE_URL } }, { '~redis': { where: 'db:6379' } }])
  const own = memory()
  expect(adaptersFrom({ store: own }, env).store).toBe(own)
})

it('[S-CLI-10, S-PG-9] a wrong address ends the start with a sentence that has no password in it', async () => {
  const console = consoleWith({ DATABASE_URL: 'postgres://app:secret@127.0.0.1:1/acme' })
  expect(await runCli(['start', rules, '--port', '0'], console)).toBe(1)
  expect(console.complained[0]).toMatch(
    /^STORE_FAILED: Postgres at 127\.0\.0\.1:1\/acme cannot be used \(.*ECONNREFUSED/,
  )
  const garbled = consoleWith({ DATABASE_URL: 'postgres://app:secret@[/acme' })
  expect(await runCli(['start', rules, '--port', '0'], garbled)).toBe(1)
  expect(garbled.complained[0]).toMatch(/^BAD_CONFIG: The address of Postgres is none/)
  expect([...console.complained, ...garbled.complained].join('\n')).not.toContain('secret')
})

it('[S-PG-10] a database of another kind is named by its scheme, by start and by doctor', async () => {
  const console = consoleWith({ DATABASE_URL: 'mysql://app:secret@db/acme' })
  expect(await runCli(['start', rules, '--port', '0'], console)).toBe(1)
  expect(console.complained[0]).toMatch(/^BAD_CONFIG: .* not with mysql:\/\/$/)
  expect(await runCli(['doctor', rules, '--port', '0'], console)).toBe(1)
  const said = console.said.join('\n')
  expect(said).toMatch(/^problem {2}environment: .* begins with postgres:\/\/ .* not with mysql:\/\/ \[BAD_CONFIG\]$/m)
  expect(said).not.toContain('secret')
})

describeWithPostgres('tidemark start with a database', () => {
  it('[S-CLI-10] keeps what people write there, under the name that the environment gives the node', async () => {
    const server = await PostgresServer.start()
    onTestFinished(() => server.stop())
    const console = consoleWith({ DATABASE_URL: server.url, TIDEMARK_NAME: 'blue' })
    const ended = runCli(['start', rules, '--port', '0'], console)
    const url = await console.listening()
    const headers = { 'content-type': 'application/json', authorization: 'Bearer alice' }
    const body = JSON.stringify({ op: 'insert', collection: 'tasks', id: 'one', values: { title: 'one' } })
    expect((await fetch(`${url}/v1/acme/records`, { method: 'POST', headers, body })).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await server.query('SELECT id FROM tidemark.record')).toEqual([{ id: 'one' }])
    const [node] = await server.query('SELECT name, address FROM tidemark.node')
    expect(node).toMatchObject({
      name: expect.stringMatching(/^blue-/),
      address: expect.stringContaining(`process ${process.pid}`),
    })
    console.stop()
    expect(await ended).toBe(0)
    expect(await server.query('SELECT name FROM tidemark.node')).toEqual([])
  })
})
