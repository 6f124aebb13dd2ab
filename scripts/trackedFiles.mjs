import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './repository.mjs'

/** Files below the given paths that git knows, or would if they were added; deleted ones left out. */
export function trackedFiles(...paths) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...paths]
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return files.split('\0').filter(file => file !== '' && existsSync(join(root, file)))
}
