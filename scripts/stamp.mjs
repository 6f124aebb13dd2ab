import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './repository.mjs'

const made = new Set([
  'node_modules',
  'dist',
  '.next',
  '.tidemark',
  'coverage',
  'next-env.d.ts',
  'tsconfig.tsbuildinfo',
])
const stampOf = name => join(root, 'node_modules/.cache/tidemark', name)

/** One hash over files and folders (by path and content); what builds and runs leave behind does not count. */
export function hashOf(paths, ...extra) {
  const hash = createHash('sha256').update(JSON.stringify(extra))
  for (const path of paths) visit(path)
  return hash.digest('hex')

  function visit(path) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (stat?.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) if (!made.has(name)) visit(`${path}/${name}`)
    } else if (stat) {
      hash.update(`${path}\n${stat.size}\n`).update(readFileSync(join(root, path)))
    }
  }
}

/** Whether the step `name` was last finished with these inputs. */
export function isStamped(name, hash) {
  try {
    return readFileSync(stampOf(name), 'utf8') === hash
  } catch {
    return false
  }
}

export function stamp(name, hash) {
  mkdirSync(dirname(stampOf(name)), { recursive: true })
  writeFileSync(stampOf(name), hash)
}
