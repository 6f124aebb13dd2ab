import { resolve } from 'node:path'
import { TidemarkError } from '@tidemark/core'
import { createLog } from '../log/createLog.js'
import { inspectDirectory } from '../store/sqlite/inspectDirectory.js'
import { sqlite } from '../store/sqlite/SqliteStore.js'
import type { CliConsole } from './CliConsole.js'
import { developmentAccess } from './developmentAccess.js'
import { type Config, loadConfig } from './loadConfig.js'
import { openSchema } from './openSchema.js'
import type { CommandOptions } from './parseCommandLine.js'
import { serve } from './serve.js'

/** `tidemark dev`: what the configuration leaves out is open. */
export async function dev(options: CommandOptions, console: CliConsole): Promise<void> {
  const data = resolve(console.directory, options.data)
  const { schema, options: given } =
    options.config === null ? openConfig(data) : await loadConfig(options.config, console.directory)
  const log = createLog({
    level: console.env.TIDEMARK_LOG ?? 'info',
    isPretty: true,
    write: line => console.say(line.trimEnd()),
  })
  await serve(
    schema,
    { log, store: sqlite(data), ...developmentAccess, ...given, isDevelopment: true },
    options,
    console,
  )
}

/** Any body can be opened, so it must not be one of an app: that has roots of a kind, and rows. */
function openConfig(data: string): Config {
  const collections = Object.entries(inspectDirectory(data)?.schema?.collections ?? {})
  const [closed] = collections.find(([, { open }]) => !open) ?? []
  if (closed === undefined) return { schema: openSchema(), options: {} }
  throw new TidemarkError(
    'BAD_CONFIG',
    `${data} holds the data of an app, with a collection ${closed}: give its configuration, or another --data.`,
  )
}
