import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian and Ubuntu keep Postgres off the path, each version in a folder of its own. */
const debianFolder = '/usr/lib/postgresql'

/**
 * What a cluster needs beside Node, unless DATABASE_URL or REDIS_URL name one that runs already. Throws what is missing,
 * by name, and how to install it.
 *
 * @returns {{ initdb?: string, postgres?: string, redisServer?: string }}
 */
export function findPrograms(env = process.env) {
  const pathByName = pathsIn(env)
  const missing = missingPrograms(env)
  if (missing.length > 0) {
    throw new Error(
      [
        `${missing.join(' and ')} cannot be found here. Install Postgres and Redis:`,
        '  Debian, Ubuntu   apt-get install postgresql redis-server',
        '  Fedora           dnf install postgresql-server valkey',
        '  macOS            brew install postgresql@17 redis',
        'or give DATABASE_URL and REDIS_URL of some that run. npm start needs neither: one node, its data in a file.',
      ].join('\n'),
    )
  }
  return {
    initdb: pathByName.get('initdb'),
    postgres: pathByName.get('postgres'),
    redisServer: pathByName.get('redis-server'),
  }
}

/** Those of them that are not here, by name. */
export const missingPrograms = (env = process.env) =>
  [...pathsIn(env)].filter(([, path]) => path === undefined).map(([name]) => name)

function pathsIn({ DATABASE_URL, REDIS_URL, PATH = '' }) {
  const wanted = [...(DATABASE_URL ? [] : ['initdb', 'postgres']), ...(REDIS_URL ? [] : ['redis-server'])]
  return new Map(wanted.map(name => [name, find(name, PATH)]))
}

function find(name, path) {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...path.split(delimiter), ...versions.map(version => join(debianFolder, version, 'bin'))]
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
