import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collection, command, defineSchema, openCollection } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configFrom, loadConfig } from './loadConfig.js'

const here = new URL('./testing/', import.meta.url).pathname
const schema = defineSchema({ version: 1, collections: [collection('tasks', { title: z.string() })] })
const close = command('tasks.close', { input: z.object({}), run: () => undefined })

describe('a configuration', () => {
  it('[S-CLI-3] is a module whose default export createNode takes, in TypeScript too', async () => {
    const { schema: model, options } = await loadConfig('rules.config.ts', here)
    expect(model.collections.map(({ name }) => name)).toEqual(['tasks'])
    expect(Object.keys(options)).toEqual(['authenticate', 'access'])
  })

  it('[S-CLI-3] that is not there, or fails, is named', async () => {
    const missing = loadConfig('none.config.ts', here)
    await expect(missing).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining('none.config.ts'),
    })
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-config-'))
    writeFileSync(join(directory, 'broken.config.mjs'), "throw new Error('no database here')")
    const broken = loadConfig('broken.config.mjs', directory)
    await expect(broken).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining('no database here'),
    })
    rmSync(directory, { recursive: true })
  })

  it.each([
    [undefined, /no default export/],
    [{}, /schema is what defineSchema/],
    [{ schema: 5 }, /schema is what defineSchema/],
    [{ schema, acces: {} }, /no option acces/],
    [{ schema, commands: {} }, /commands is an array/],
    [{ schema, commands: [{ name: 'x' }] }, /not made by command/],
    [{ schema, commands: [close, close] }, /two commands are named tasks.close/],
    [{ schema, authenticate: 'x' }, /authenticate is a function/],
    [{ schema, limits: { rowBytes: 'much' } }, /node.config.ts: limits.rowBytes is a number/],
    [{ schema, access: null }, /access.workspace is a function/],
    [{ schema, access: { workspace: () => 'read', collections: { task: {} } } }, /access.collections.task/],
    [{ schema: { version: 0, collections: [] } }, /version/],
    [{ schema: { version: 1, collections: [openCollection('a'), openCollection('a')] } }, /Two collections/],
  ])('[S-CLI-3] that is wrong is refused with the place: %#', (config, message) => {
    expect(() => configFrom(config, 'node.config.ts')).toThrow(message)
  })
})
