import { checkCompatible } from '@tidemark/core'
import { inspectDirectory } from '../../store/sqlite/inspectDirectory.js'
import { type Config, loadConfig } from '../loadConfig.js'
import { checkRedis, isRedisAdapter } from './checkRedis.js'
import { type Finding, fine, problem, problemFrom, skipped } from './Finding.js'

/** Whether a node could be started from the configuration. */
export async function checkConfig(path: string | null, directory: string, dir: string): Promise<Finding[]> {
  if (path === null) return [skipped('configuration', 'None was given: tidemark doctor <configuration> looks at it.')]
  let config: Config
  try {
    config = await loadConfig(path, directory)
  } catch (error) {
    return [problemFrom('configuration', error)]
  }
  const { schema, options } = config
  const names = schema.collections.map(({ name }) => name)
  const missing = (['authenticate', 'access'] as const).filter(name => options[name] === undefined)
  const told =
    missing.length === 0
      ? fine('configuration', `${path} is complete, with ${names.join(', ') || 'no collections'}.`)
      : problem(
          'configuration',
          'BAD_CONFIG',
          `${path} has no ${missing.join(' and no ')}.`,
          'Say who may do what; only tidemark dev fills it in.',
        )
  return [
    told,
    options.store === undefined
      ? checkStored(config, dir)
      : skipped('stored schema', 'The configuration has a store of its own.'),
    ...(isRedisAdapter(options.bus) ? await checkRedis(options.bus['~redis']) : []),
  ]
}

/** Whether what is stored was written under a schema that this one goes with. */
function checkStored({ schema }: Config, dir: string): Finding {
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
