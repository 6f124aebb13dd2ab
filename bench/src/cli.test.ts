import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const cli = fileURLToPath(new URL('cli.ts', import.meta.url))
const bench = (...args: readonly string[]) =>
  run(process.execPath, ['--conditions=@tidemark/source', '--import', 'tsx', cli, ...args])

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-cli-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('pnpm bench', () => {
  it('prints the figures of the rows that were asked for as a table and as JSON lines, and keeps them in a file', async () => {
    const file = join(dir, 'figures.json')
    const { stdout } = await bench('--only', 'P4', '--scale', '0.002', '--json', file)
    const lines = stdout.split('\n').filter(line => line.startsWith('{'))
    const figures = lines.map(line => JSON.parse(line) as { readonly id: string })
    expect(figures.map(({ id }) => id)).toEqual(['P4a', 'P4b', 'P4c', 'P4d', 'P4e', 'P4f'])
    expect(figures[0]).toEqual({
      id: 'P4a',
      what: expect.stringContaining('200 lists'),
      value: expect.any(Number),
      unit: 'µs',
      target: '≤ 8',
      holds: expect.any(Boolean),
      versions: expect.objectContaining({ node: process.version, yjs: expect.any(String) }),
    })
    expect(figures[2]).toMatchObject({ target: null, holds: null })
    expect(stdout).toMatch(/^P4a .* µs +≤ 8 +(holds|MISSED) /m)
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toEqual(lines)
  })

  it('refuses a row that it does not have', async () => {
    await expect(bench('--only', 'P4,P0')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('P0') })
  })
})
