import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { binOf, buildWaves, publishedPackages, root } from './repository.mjs'
import { runQuietly } from './runCommand.mjs'
import { hashOf, isStamped, stamp } from './stamp.mjs'

/** What the built packages depend on. */
export const hashOfPackages = () =>
  hashOf([...publishedPackages.map(name => `packages/${name}`), 'tsconfig.base.json', 'pnpm-lock.yaml'])

/** Builds the published packages, each after those it imports; `dist` is made anew, so nothing stale is shipped. */
export async function buildPackages({ ifChanged = false } = {}) {
  const hash = hashOfPackages()
  const hasDist = publishedPackages.every(name => existsSync(join(root, 'packages', name, 'dist/index.js')))
  if (ifChanged && hasDist && isStamped('packages', hash)) {
    console.log('✓ packages are built')
    return
  }
  for (const wave of buildWaves) {
    const results = await Promise.all(wave.map(name => buildPackage(name)))
    if (results.some(({ code }) => code !== 0)) throw new Error('the build failed')
  }
  stamp('packages', hash)
}

/**
 * Only what the example's pages import, all at once: types are for `pnpm check` to look at, and its server runs from the
 * sources.
 */
export async function buildForExample() {
  const names = publishedPackages.filter(name => name !== 'server')
  const whole = hashOfPackages()
  const part = `${whole} for the example`
  const hasDist = names.every(name => existsSync(join(root, 'packages', name, 'dist/index.js')))
  if (hasDist && (isStamped('packages', whole) || isStamped('packages', part))) {
    console.log('✓ packages are built')
    return
  }
  const results = await Promise.all(names.map(name => buildPackage(name, ['--noCheck'])))
  if (results.some(({ code }) => code !== 0)) throw new Error('the build failed')
  stamp('packages', part)
}

function buildPackage(name, flags = []) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const args = [binOf('typescript', 'tsc'), '-p', 'tsconfig.build.json', ...flags]
  return runQuietly(`build ${name}`, process.execPath, args, { cwd: folder })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildPackages().catch(error => {
    console.error(error.message)
    process.exitCode = 1
  })
}
