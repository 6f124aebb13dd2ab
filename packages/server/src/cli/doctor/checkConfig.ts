import { checkCompatible } from '@tidemark/core'
import { inspectDirectory } from '../../store/sqlite/inspectDirectory.js'
import { type Config, loadConfig } from '../loadConfig.js'
import { type Finding, fine, problem, problemFrom, skipped } from './Finding.js'

/** The configuration, or why there is none. */
export async function readConfig(path: string | null, directory: string): Promise<Config | Finding> {
  if (path === null) return skipped('configuration', 'None was given: tidemark doctor <configuration> looks at it.')
  try {
    return await loadConfig(path, directory)
  } catch (error) {
    return problemFrom('configuration', error)
  }
}

/** Whether a node could be started from the configuration. */
export function checkConfig(path: string | null, { schema, options }: Config): Finding {
  const names = schema.collections.map(({ name }) => name)
  const missing = (['authenticate', 'access'] as const).filter(name => options[name] === undefined)
  if (missing.length === 0) {
    return fine('configuration', `${path} is complete, with ${names.join(', ') || 'no collections'}.`)
  }
  const says = `${path} has no ${missing.join(' and no ')}.`
  return problem('configuration', 'BAD_CONFIG', says, 'Say who may do what; only tidemark dev fills it in.')
}

/** Whether what is stored was written under a schema that this one goes with. */
export function checkStored({ schema }: Config, dir: string): Finding {
  try {
    const stored = inspectDirectory(dir)
    if (stored === null || stored.schema === null) return fine('stored schema', 'Nothing is stored yet.')
    if (stored.format > stored.newestFormat) {
      return problem(
        'stored schema',
        'STORE_FORMAT',
        `${dir} has format ${stored.format}, this version knows up to ${stored.newestFormat}.`,
      )
    }
    checkCompatible(stored.schema, schema.describe())
    return fine('stored schema', 'The schema goes with what is stored.')
  } catch (error) {
    return problemFrom('stored schema', error)
  }
}
