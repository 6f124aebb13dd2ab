import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The one pnpm this repository is installed with; `npx -y` brings it, so Node and npm are all one needs. */
export const pnpmPackage = 'pnpm@10.34.9'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** The packages that are published, in waves: those of one wave build side by side. */
export const buildWaves = [['core'], ['client', 'server'], ['react']]

export const publishedPackages = buildWaves.flat()

export const example = join(root, 'examples/nextjs')

/** Arguments for Node to run a TypeScript file against the sources of the workspace. */
export const fromSource = ['--conditions=@tidemark/source', '--import', 'tsx']

/** Every folder of the workspace that has a package.json, the root left out. */
export function workspaceFolders() {
  const below = folder =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => `${folder}/${entry.name}`)
  return [...below('packages'), ...below('examples'), 'bench'].filter(folder =>
    existsSync(join(root, folder, 'package.json')),
  )
}

/** The JavaScript file behind a command of an installed package: run by Node itself, no shell between. */
export function binOf(packageName, command = packageName.split('/').at(-1), from = root) {
  const folder = join(from, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}
