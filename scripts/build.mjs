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
    const results = await Promise.all(wave.map(buildPackage))
    if (results.some(({ code }) => code !== 0)) throw new Error('the build failed')
  }
  stamp('packages', hash)
}

function buildPackage(name) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  return runQuietly(`build ${name}`, process.execPath, [binOf('typescript', 'tsc'), '-p', 'tsconfig.build.json'], {
    cwd: folder,
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildPackages().catch(error => {
    console.error(error.message)
    process.exitCode = 1
  })
}
