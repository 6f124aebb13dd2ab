import { resolve } from 'node:path'
import { TidemarkError } from '@tidemark/core'
import { createLog } from '../log/createLog.js'
import type { StartOptions } from '../startNode.js'
import { sqlite } from '../store/sqlite/SqliteStore.js'
import { adaptersFrom } from './adaptersFrom.js'
import type { CliConsole } from './CliConsole.js'
import { loadConfig } from './loadConfig.js'
import type { CommandOptions } from './parseCommandLine.js'
import { serve } from './serve.js'

/** `tidemark start`: nothing is open that the configuration does not open. */
export async function start(options: CommandOptions, console: CliConsole): Promise<void> {
  const { config } = options
  if (config === null) {
    throw new TidemarkError('BAD_CONFIG', 'Give the configuration: tidemark start <configuration>, or TIDEMARK_CONFIG.')
  }
  const { schema, options: given } = await loadConfig(config, console.directory)
  const log = createLog({ level: console.env.TIDEMARK_LOG ?? 'info', write: line => console.say(line.trimEnd()) })
  const store = sqlite(resolve(console.directory, options.data))
  const { TIDEMARK_NAME: name } = console.env
  const named = name ? { name } : {}
  const complete = { log, store, ...named, ...mustSayWho(given, config), ...adaptersFrom(given, console.env) }
  await serve(schema, complete, options, console)
}

function mustSayWho(given: Partial<StartOptions>, config: string): StartOptions {
  const { authenticate, access } = given
  if (authenticate !== undefined && access !== undefined) return { ...given, authenticate, access }
  const missing = authenticate === undefined ? 'authenticate' : 'access'
  throw new TidemarkError(
    'BAD_CONFIG',
    `${config} has no ${missing}: a node says who may do what. (tidemark dev fills it in for development.)`,
  )
}
