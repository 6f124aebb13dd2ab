import { expect, it, onTestFinished } from 'vitest'
import { settingsFrom } from '../../store/postgres/PostgresOptions.js'
import { describeWithPostgres } from '../../store/postgres/testing/describeWithPostgres.js'
import { PostgresServer } from '../../store/postgres/testing/PostgresServer.js'
import { runCli } from '../runCli.js'
import { TestConsole } from '../testing/TestConsole.js'
import { checkPostgres, postgresFindings } from './checkPostgres.js'

const rules = new URL('../testing/rules.config.ts', import.meta.url).pathname
const settings = settingsFrom('postgres://app:secret@db:6543/acme')
const good = {
  version: 150_004,
  encoding: 'UTF8',
  fsync: 'on',
  synchronousCommit: 'on',
  aheadMs: 3,
  maxConnections: 97,
  usedConnections: 4,
  isStandby: false,
}

it('[S-CLI-6] finds nothing with a good Postgres, and says for how many nodes it is enough', () => {
  expect(postgresFindings(good, settings)).toEqual([
    {
      check: 'postgres',
      status: 'ok',
      says: 'Postgres 15.4 at db:6543/acme answers. 93 connections are free, for 8 more nodes.',
    },
  ])
})

it.each([
  ['is too old', { version: 130_012 }, 'BAD_CONFIG', /Install Postgres 14/],
  ['is of another encoding', { encoding: 'LATIN1' }, 'BAD_CONFIG', /UTF8/],
  ['is a standby', { isStandby: true }, 'BAD_CONFIG', /address of the primary/],
  ['does not write through', { fsync: 'off' }, 'BAD_CONFIG', /ALTER SYSTEM SET fsync = on/],
  ['answers too early', { synchronousCommit: 'off' }, 'BAD_CONFIG', /SET synchronous_commit = on/],
  ['is ahead', { aheadMs: 60_000 }, 'CLOCK_OFF', /time synchronisation/],
  ['is behind', { aheadMs: -60_000 }, 'CLOCK_OFF', /time synchronisation/],
  ['has too few connections', { maxConnections: 14 }, 'BAD_CONFIG', /max_connections = 35/],
])('[S-CLI-6] names the mend for a Postgres that %s', (_, part, code, mend) => {
  expect(postgresFindings({ ...good, ...part }, settings)).toEqual([
    expect.objectContaining({ status: 'problem', code, mend: expect.stringMatching(mend) }),
  ])
})

it('[S-CLI-6] names a Postgres that is away, without its password', async () => {
  const [finding] = await checkPostgres(settingsFrom('postgres://app:secret@127.0.0.1:1/acme'), Date.now)
  expect(finding).toMatchObject({ code: 'STORE_FAILED', says: expect.stringContaining('127.0.0.1:1/acme') })
  expect(JSON.stringify(finding)).not.toContain('secret')
})

describeWithPostgres('a Postgres that is asked', () => {
  async function serverWith(...options: string[]): Promise<PostgresServer> {
    const server = await PostgresServer.start(options)
    onTestFinished(() => server.stop())
    return server
  }

  const check = async (server: PostgresServer, url = server.url) => checkPostgres(settingsFrom(url), Date.now)

  it('[S-CLI-6] is looked at where DATABASE_URL names it, and nothing is changed in it', async () => {
    const server = await serverWith('synchronous_commit=on')
    const console = new TestConsole({ DATABASE_URL: server.url })
    onTestFinished(() => console.remove())
    expect(await runCli(['doctor', rules, '--json', '--port', '0'], console)).toBe(0)
    const { findings } = JSON.parse(console.said.join('\n')) as { findings: { check: string; says: string }[] }
    expect(findings.map(({ check }) => check)).toEqual([
      'node',
      'open files',
      'port',
      'clock',
      'configuration',
      'postgres',
    ])
    expect(findings.at(-1)?.says).toMatch(/^Postgres \d+\.\d+ at .* answers\. 97 connections are free/)
    expect(await server.query(`SELECT FROM pg_namespace WHERE nspname = 'tidemark'`)).toEqual([])
  })

  it('[S-CLI-6] tells how it is set, and who has its connections', async () => {
    const server = await serverWith('fsync=off', 'synchronous_commit=off', 'max_connections=13')
    expect(await check(server)).toEqual([
      expect.objectContaining({ says: expect.stringContaining('fsync is off') }),
      expect.objectContaining({ says: expect.stringContaining('synchronous_commit is off') }),
      expect.objectContaining({ says: 'Of 10 connections 10 are free, and a node takes up to 11.' }),
    ])
  })

  it('[S-CLI-6] refuses a database that is not there, and is away when it says nothing', async () => {
    const server = await serverWith('fsync=off')
    expect(await check(server, server.urlOf('none'))).toEqual([
      expect.objectContaining({ code: 'BAD_CONFIG', says: expect.stringContaining('"none" does not exist') }),
    ])
    const goOn = server.pause()
    const found = await checkPostgres(settingsFrom({ url: server.url, timeoutMs: 300 }), Date.now)
    goOn()
    expect(found).toEqual([expect.objectContaining({ code: 'STORE_FAILED' })])
  })
})
