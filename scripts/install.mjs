import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pnpmPackage, root, workspaceFolders } from './repository.mjs'
import { runQuietly } from './runCommand.mjs'
import { hashOf, isStamped, stamp } from './stamp.mjs'

/** Installs what the lockfile says, unless node_modules already holds just that. */
export async function install() {
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
    return
  }
  const args = ['-y', pnpmPackage, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
  const { code, output } = await runQuietly('install dependencies', 'npx', args)
  if (code !== 0) {
    if (output.includes('better-sqlite3')) {
      console.log('better-sqlite3 had to be compiled and could not: install python3, make and a C++ compiler')
      console.log('(Debian: apt-get install python3 make g++; macOS: xcode-select --install) and try again.')
    }
    throw new Error('the install failed')
  }
  stamp('install', hash)
}
