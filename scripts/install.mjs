import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pnpmPackage, root, workspaceFolders } from './repository.mjs'
import { runQuietly } from './runCommand.mjs'
import { hashOf, isStamped, stamp } from './stamp.mjs'

/**
 * Installs what the lockfile says, unless node_modules already holds just that. `meanwhile` is done as soon as all
 * JavaScript is there: where better-sqlite3 has to be compiled, that takes longer than everything else.
 */
export async function install({ meanwhile = async () => undefined } = {}) {
  const folders = workspaceFolders()
  const manifests = ['package.json', ...folders.map(folder => `${folder}/package.json`)]
  const hash = hashOf(
    ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests],
    process.platform,
    process.arch,
    process.versions.modules,
  )
  if (isStamped('install', hash) && folders.every(folder => existsSync(join(root, folder, 'node_modules')))) {
    console.log('✓ dependencies are installed')
    await meanwhile()
    return
  }
  const args = ['install', '--frozen-lockfile', '--ignore-scripts', '--config.confirmModulesPurge=false']
  const { code } = await runQuietly('install dependencies', 'npx', ['-y', pnpmPackage, ...args])
  if (code !== 0) throw new Error('the install failed')
  await Promise.all([fetchOrCompile(), meanwhile()])
  stamp('install', hash)
}

/** The one dependency that is not JavaScript alone. */
async function fetchOrCompile() {
  const title = 'fetch or compile better-sqlite3'
  const { code } = await runQuietly(title, 'npx', ['-y', pnpmPackage, 'rebuild', '--recursive', '--pending'])
  if (code === 0) return
  console.log('better-sqlite3 had to be compiled and could not: install python3, make and a C++ compiler')
  console.log('(Debian: apt-get install python3 make g++; macOS: xcode-select --install) and try again.')
  throw new Error('the install failed')
}
