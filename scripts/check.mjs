import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from './build.mjs'
import { nameProblems } from './checkNames.mjs'
import { checkPackage } from './checkPackage.mjs'
import { checkSize } from './checkSize.mjs'
import { specProblems } from './checkSpec.mjs'
import { binOf, publishedPackages, root, workspaceFolders } from './repository.mjs'
import { runQuietly } from './runCommand.mjs'

/** The parts of `pnpm check`, cheapest first; `pnpm check:<part>` runs one. Each answers whether it passed. */
const parts = {
  format: () => passes('format', binOf('@biomejs/biome'), 'check', '--linter-enabled=false'),
  lint: () =>
    passes(
      'lint, import rules, cycles',
      binOf('@biomejs/biome'),
      'lint',
      '--error-on-warnings',
      '--diagnostic-level=warn',
    ),
  names: () => report('file names', nameProblems()),
  spec: () => report('each rule has a test that names it', specProblems()),
  types: () => inPairs(typedFolders(), checkTypes),
  dead: () => passes('dead code', binOf('knip'), '--no-progress', '--no-config-hints'),
  packages: async () => {
    await buildPackages({ ifChanged: true })
    return inPairs(publishedPackages, checkPackage)
  },
  size: checkSize,
}

const typedFolders = () => workspaceFolders().filter(folder => existsSync(join(root, folder, 'tsconfig.json')))

const checkTypes = folder => passes(`types of ${folder}`, binOf('typescript', 'tsc'), '--noEmit', '-p', folder)

const passes = async (title, ...command) => (await runQuietly(title, process.execPath, command)).code === 0

function report(title, problems) {
  console.log(problems.length === 0 ? `✓ ${title}` : `✗ ${title}\n${problems.join('\n')}\n`)
  return problems.length === 0
}

/** Runs a job for each item, two at a time: as many cores as every machine of today has. */
async function inPairs(items, job) {
  const waiting = [...items]
  let hasPassed = true
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      hasPassed = (await job(item)) && hasPassed
    }
  }
  await Promise.all([work(), work()])
  return hasPassed
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)
const unknown = chosen.filter(name => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no check named ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}

const failed = []
for (const name of chosen) {
  try {
    if (!(await parts[name]())) failed.push(name)
  } catch (error) {
    console.log(`✗ ${name}: ${error.message}`)
    failed.push(name)
  }
}
if (failed.length > 0) console.log(`\nTo see one again: ${failed.map(name => `pnpm check:${name}`).join(' · ')}`)
console.log(`\n${chosen.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
