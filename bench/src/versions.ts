import { createRequire } from 'node:module'
import { cpus } from 'node:os'

const require = createRequire(import.meta.url)

/** What a run was made with: figures without it cannot be compared. */
export const versions: Readonly<Record<string, string>> = {
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  tidemark: versionOf('@tidemark/bench') ?? '',
  ...installed('yjs', 'ws', 'better-sqlite3', 'y-websocket', '@hocuspocus/server'),
}

function installed(...names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const version = versionOf(name)
    if (version !== undefined) found[name] = version
  }
  return found
}

/** Undefined where the package is not installed: peers are optional. */
function versionOf(name: string): string | undefined {
  const paths = require.resolve.paths(name) ?? []
  for (const path of name === '@tidemark/bench' ? [] : paths) {
    try {
      return (require(`${path}/${name}/package.json`) as { version: string }).version
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return name === '@tidemark/bench' ? (require('../package.json') as { version: string }).version : undefined
}
