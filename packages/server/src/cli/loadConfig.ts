import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandDefinitionOf, isTidemarkError, type SchemaModel, schemaModelOf, TidemarkError } from '@tidemark/core'
import { limitsFrom } from '../limitsFrom.js'
import type { StartOptions } from '../startNode.js'

/** What a configuration says, checked as far as it can be before a node is started with it. */
export interface Config {
  readonly schema: SchemaModel
  readonly options: Partial<StartOptions>
}

/** Reads a configuration module. Throws `BAD_CONFIG` or `INVALID_SCHEMA` with what is wrong and where. */
export async function loadConfig(path: string, directory: string): Promise<Config> {
  const file = resolve(directory, path)
  if (!existsSync(file)) throw badConfig(`There is no ${file}: give the path of the configuration.`)
  if (['.ts', '.mts', '.tsx'].includes(extname(file))) await readTypeScript(file)
  return configFrom(await importedDefault(file), file)
}

async function importedDefault(file: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(file).href)
    return module.default
  } catch (error) {
    if (isTidemarkError(error)) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new TidemarkError('BAD_CONFIG', `${file} cannot be loaded: ${why}`, { cause: error })
  }
}

/** Lets this process import TypeScript, by the app's own tsx, once. */
async function readTypeScript(file: string): Promise<void> {
  const features: Readonly<Record<string, unknown>> = { ...process.features }
  if (features.typescript || process.execArgv.some(arg => arg.includes('tsx'))) return
  let tsx: string
  try {
    tsx = createRequire(file).resolve('tsx')
  } catch {
    throw badConfig(`${file} is TypeScript: npm install --save-dev tsx, or give a JavaScript module.`)
  }
  await import(pathToFileURL(tsx).href)
}

/** Every option that a node knows. */
const known = new Set([
  'schema',
  'commands',
  'presence',
  'store',
  'bus',
  'name',
  'authenticate',
  'access',
  'limits',
  'log',
])

export function configFrom(config: unknown, file: string): Config {
  if (typeof config !== 'object' || config === null) {
    throw badConfig(`${file} has no default export of { schema, access, authenticate, … }.`)
  }
  const { schema: definition, ...options } = config as Partial<StartOptions> & { readonly schema?: unknown }
  for (const name of Object.keys(config)) if (!known.has(name)) throw badConfig(`${file}: there is no option ${name}.`)
  if (!isSchemaDef(definition)) throw badConfig(`${file}: schema is what defineSchema() gives.`)
  const schema = schemaModelOf(definition)
  checkOptions(options, schema, file)
  return { schema, options }
}

function checkOptions(
  { commands = [], authenticate, access, limits }: Partial<StartOptions>,
  schema: SchemaModel,
  file: string,
) {
  if (!Array.isArray(commands)) throw badConfig(`${file}: commands is an array of what command() gives.`)
  const names = new Set<string>()
  for (const { name } of commands.map(commandDefinitionOf)) {
    if (names.has(name)) throw badConfig(`${file}: two commands are named ${name}.`)
    names.add(name)
  }
  if (authenticate !== undefined && typeof authenticate !== 'function') {
    throw badConfig(`${file}: authenticate is a function of { token, request } that returns the user, or throws.`)
  }
  try {
    limitsFrom(limits)
  } catch (error) {
    throw badConfig(`${file}: ${(error as Error).message}`)
  }
  if (access === undefined) return
  if (typeof access?.workspace !== 'function') {
    throw badConfig(`${file}: access.workspace is a function of (user, workspace): 'write', 'read' or 'none'.`)
  }
  for (const name of Object.keys(access.collections ?? {})) {
    if (!schema.collectionByName.has(name)) throw badConfig(`${file}: access.collections.${name} is in no schema.`)
  }
}

function isSchemaDef(value: unknown): value is Parameters<typeof schemaModelOf>[0] {
  return typeof value === 'object' && value !== null && 'collections' in value && Array.isArray(value.collections)
}

const badConfig = (what: string): TidemarkError => new TidemarkError('BAD_CONFIG', what)
