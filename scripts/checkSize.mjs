import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './repository.mjs'

/** What a browser may load of Tidemark and Yjs, in kB of 1000 bytes: docs/decisions/size-budget.md says why so much. */
const budgetKb = 75.4

/** What undo adds where it is used; an app that does not import it leaves it out, Yjs' part of it too. */
const undoBudgetKb = 3.8

/** An app that uses these hooks and all else there is: its own code, React and the validator do not count. */
const appWith = hooks => `
  export { ${hooks.join(', ')} } from '@tidemark/react'
  export { createClient } from '@tidemark/client'
  export {
    collection, command, counter, decided, defineSchema, isTidemarkError, newId, openCollection, presence, richText, set, text,
  } from '@tidemark/core'
`

/** Weighs an app with all hooks, with and without undo, and answers whether both are within their budgets. */
export async function checkSize() {
  const hooks = await namesFrom('@tidemark/react')
  const app = await weigh(hooks.filter(hook => hook !== 'useUndo'))
  const undo = (await weigh(hooks)).total - app.total
  const isWithin = app.total <= budgetKb * 1000 && undo <= undoBudgetKb * 1000
  console.log(
    `${isWithin ? '✓' : '✗'} size: ${kb(app.total)} kB brotli of at most ${budgetKb}: ` +
      `${kb(app.total - app.lazy)} at once, ${kb(app.lazy)} when needed; ` +
      `with undo ${kb(undo)} more of at most ${undoBudgetKb}`,
  )
  console.log(`  minified: ${app.shares.map(([name, bytes]) => `${name} ${kb(bytes)}`).join(' · ')}`)
  return isWithin
}

async function weigh(hooks) {
  const { outputFiles, metafile } = await bundle(appWith(hooks))
  const bytesByPath = new Map(outputFiles.map(({ path, contents }) => [path, brotliCompressSync(contents).length]))
  const bytesOf = outputs => outputs.reduce((sum, path) => sum + bytesByPath.get(join(root, path)), 0)
  const { outputs } = metafile
  const isLoadedAtOnce = loadedAtOnce(outputs)
  return {
    total: bytesOf(Object.keys(outputs)),
    lazy: bytesOf(Object.keys(outputs).filter(path => !isLoadedAtOnce.has(path))),
    shares: sharesOf(outputs),
  }
}

/** What a package exports. */
async function namesFrom(name) {
  const { metafile } = await bundle(`export * from '${name}'`)
  return Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined).exports
}

/** As for production. */
const bundle = contents =>
  build({
    stdin: { contents, resolveDir: join(root, 'examples/nextjs'), sourcefile: 'app.js' },
    absWorkingDir: root,
    outdir: 'out',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@tidemark/source'],
    external: ['react', 'react/jsx-runtime', 'react-dom'],
    define: { 'process.env.NODE_ENV': '"production"' },
    minify: true,
    metafile: true,
    write: false,
  })

/** The entry and all that it imports other than dynamically. */
function loadedAtOnce(outputs) {
  const found = new Set(Object.keys(outputs).filter(path => outputs[path].entryPoint?.endsWith('app.js')))
  for (const path of found) {
    for (const { path: imported, kind, external } of outputs[path].imports) {
      if (kind === 'import-statement' && !external) found.add(imported)
    }
  }
  return found
}

/** Minified bytes by package, the most first. */
function sharesOf(outputs) {
  const bytesByPackage = new Map()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? /^packages\/([^/]+)/.exec(path)?.[1]
      if (name !== undefined) bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + bytesInOutput)
    }
  }
  return [...bytesByPackage].sort((a, b) => b[1] - a[1])
}

const kb = bytes => (bytes / 1000).toFixed(1)
