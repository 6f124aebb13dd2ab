import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { collection, defineSchema, schemaModelOf, text } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startNode } from '../../startNode.js'
import { sqlite } from '../../store/sqlite/SqliteStore.js'
import { developmentAccess } from '../developmentAccess.js'
import { runCli } from '../runCli.js'
import { TestConsole } from '../testing/TestConsole.js'
import { checkClock } from './checkClock.js'
import { checkDirectory } from './checkDirectory.js'
import { checkPort } from './checkPort.js'
import { checkNodeVersion, checkOpenFiles, limitIn } from './checkProcess.js'

const rules = new URL('../testing/rules.config.ts', import.meta.url).pathname
const tracker = new URL('../testing/tracker.config.ts', import.meta.url).pathname
const model = (fields: Parameters<typeof collection>[1]) =>
  schemaModelOf(defineSchema({ version: 1, collections: [collection('tasks', fields)] }))
const tasks = { title: z.string(), notes: text() }

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function testConsole(): TestConsole {
  const made = new TestConsole()
  ends.push(() => made.remove())
  return made
}

async function storedWith(dir: string, fields: Parameters<typeof collection>[1]) {
  const node = await startNode(model(fields), { ...developmentAccess, store: sqlite(dir) })
  ends.push(() => node.stop())
  return node
}

async function diagnosis(console: TestConsole, ...args: string[]) {
  const code = await runCli(['doctor', '--port', '0', '--json', ...args], console)
  const said = JSON.parse(console.said.join('\n')) as {
    ok: boolean
    findings: { check: string; status: string; code?: string; says: string; mend?: string }[]
  }
  const problems = said.findings.filter(({ status }) => status === 'problem')
  return { code, ...said, problems }
}

describe('tidemark doctor', () => {
  it('[S-CLI-6] finds nothing where all is well, and changes nothing', async () => {
    const console = testConsole()
    const { code, ok, problems, findings } = await diagnosis(console, rules)
    expect({ code, ok, problems }).toEqual({ code: 0, ok: true, problems: [] })
    expect(findings.map(({ check }) => check)).toEqual([
      'node',
      'open files',
      'port',
      'clock',
      'configuration',
      'data directory',
      'disk',
      'stored schema',
    ])
    expect((await checkDirectory(join(console.directory, '.tidemark'))).says).toContain('not there yet')
  })

  it('[S-CLI-6] says in lines what is wrong and how to mend it, and exits with 1', async () => {
    const console = testConsole()
    expect(await runCli(['doctor', '--port', '0', 'none.ts'], console)).toBe(1)
    const said = console.said.join('\n')
    expect(said).toMatch(/^problem {2}configuration: There is no .*none\.ts.* \[BAD_CONFIG\]$/m)
    expect(said).toMatch(/^ {9}The configuration cannot be used: correct the option that is named\.$/m)
    expect(said).toMatch(/1 to mend\.$/)
  })

  it('[S-CLI-6] names a taken port, and whether a node has it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    ends.push(() => server.close())
    await new Promise(resolve => server.once('listening', resolve))
    server.on('connection', socket => socket.end('no HTTP'))
    const { port } = server.address() as AddressInfo
    const finding = await checkPort('127.0.0.1', port)
    expect(finding).toMatchObject({
      status: 'problem',
      code: 'PORT_TAKEN',
      says: expect.stringContaining('another program'),
    })
    expect(finding.mend).toContain('--port')
    const node = await storedWith(testConsole().directory, tasks)
    const { url } = await node.listen({ port: 0 })
    expect(await checkPort('127.0.0.1', Number(new URL(url).port))).toMatchObject({
      code: 'PORT_TAKEN',
      says: expect.stringContaining('a Tidemark node'),
    })
    expect(await checkPort('203.0.113.1', 0)).toMatchObject({
      code: 'BAD_CONFIG',
      mend: expect.stringContaining('--host'),
    })
  })

  it('[S-CLI-6] names a data directory in use, with the process that uses it', async () => {
    const console = testConsole()
    await storedWith(join(console.directory, '.tidemark'), tasks)
    const { problems } = await diagnosis(console, rules)
    expect(problems).toEqual([
      expect.objectContaining({ code: 'DIRECTORY_IN_USE', says: expect.stringContaining(`process ${process.pid}`) }),
    ])
  })

  it('[S-CLI-6] names a data directory that cannot be written', async () => {
    const { directory } = testConsole()
    writeFileSync(join(directory, 'file'), '')
    const finding = await checkDirectory(join(directory, 'file'))
    expect(finding).toMatchObject({ status: 'problem', code: 'DIRECTORY_NOT_WRITABLE' })
    expect(await checkDirectory(join(directory, 'file', 'data'))).toMatchObject({ code: 'DIRECTORY_NOT_WRITABLE' })
  })

  it('[S-CLI-6] names what a configuration lacks', async () => {
    const { problems } = await diagnosis(testConsole(), tracker)
    expect(problems).toEqual([
      expect.objectContaining({ code: 'BAD_CONFIG', says: expect.stringContaining('no authenticate and no access') }),
    ])
  })

  it('[S-CLI-6] names a schema that does not go with what is stored', async () => {
    const console = testConsole()
    const node = await storedWith(join(console.directory, '.tidemark'), { title: text() })
    await node.stop()
    const { problems } = await diagnosis(console, rules)
    expect(problems).toEqual([
      expect.objectContaining({
        check: 'stored schema',
        code: 'INVALID_SCHEMA',
        says: expect.stringContaining('tasks.title'),
      }),
    ])
  })

  it('[S-CLI-6] names a clock that is off: by what is stored, the disk, or another machine', async () => {
    const dir = testConsole().directory
    const node = await storedWith(dir, tasks)
    await node.workspace('acme').insert(collection('tasks', tasks), { title: 'x' })
    await node.stop()
    const now = () => Date.now() - 3_600_000
    expect(await checkClock({ dir, timeUrl: null, now })).toMatchObject({
      code: 'CLOCK_OFF',
      says: expect.stringMatching(/newest entry .* 60 min in the future/),
    })
    const empty = testConsole().directory
    expect(await checkClock({ dir: empty, timeUrl: null, now })).toMatchObject({
      code: 'CLOCK_OFF',
      says: expect.stringContaining('60 min ahead'),
    })
    let date = Date.now() + 600_000
    const server = createHttpServer((_, response) => response.setHeader('date', new Date(date).toUTCString()).end())
    await new Promise<void>(resolve => server.listen(0, resolve))
    ends.push(() => server.close())
    const timeUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const compared = () => checkClock({ dir: empty, timeUrl, now: Date.now })
    expect(await compared()).toMatchObject({ code: 'CLOCK_OFF', says: expect.stringContaining('10 min ahead') })
    date = Date.now()
    expect(await compared()).toMatchObject({ status: 'ok' })
    expect(await checkClock({ dir: empty, timeUrl: 'http://127.0.0.1:1', now: Date.now })).toMatchObject({
      code: 'BAD_CONFIG',
    })
  })

  it('[S-CLI-6] names too few open files and a Node that is too old', async () => {
    expect(await checkOpenFiles(1_024)).toMatchObject({
      code: 'TOO_FEW_FILES',
      mend: expect.stringContaining('ulimit -n'),
    })
    expect(await checkOpenFiles(4_096)).toMatchObject({ status: 'ok' })
    expect(await checkOpenFiles(null)).toMatchObject({ status: 'skipped' })
    expect(await checkOpenFiles()).toMatchObject({ check: 'open files' })
    expect(limitIn('Limit  Soft\nMax open files            1024                 4096                 files\n')).toBe(
      1024,
    )
    expect(limitIn('Max open files            unlimited            unlimited            files')).toBe(
      Number.POSITIVE_INFINITY,
    )
    expect(checkNodeVersion('18.19.0')).toMatchObject({ status: 'problem', mend: 'Install Node 20 or later.' })
    expect(checkNodeVersion()).toMatchObject({ status: 'ok' })
  })
})
