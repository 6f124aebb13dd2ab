import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './repository.mjs'

/** What a browser may load of Tidemark and Yjs, in kB of 1000 bytes: docs/decisions/size-budget.md says why so much. */
const budgetKb = 75.4

/** An app that uses all there is: its own code, React and the validator do not count. */
const app = `
  export * as hooks from '@tidemark/react'
  export { createClient } from '@tidemark/client'
  export {
    collection, command, counter, decided, defineSchema, isTidemarkError, newId, openCollection, presence, richText, set, text,
  } from '@tidemark/core'
`

/** Bundles the app as for production, prints what it weighs, and answers whether that is within the budget. */
export async function checkSize() {
  const { outputFiles, metafile } = await build({
    stdin: { contents: app, resolveDir: join(root, 'examples/nextjs'), sourcefile: 'app.js' },
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
  const bytesByPath = new Map(outputFiles.map(({ path, contents }) => [path, brotliCompressSync(contents).length]))
  const bytesOf = outputs => outputs.reduce((sum, path) => sum + bytesByPath.get(join(root, path)), 0)
  const { outputs } = metafile
  const isLoadedAtOnce = loadedAtOnce(outputs)
  const total = bytesOf(Object.keys(outputs))
  const lazy = bytesOf(Object.keys(outputs).filter(path => !isLoadedAtOnce.has(path)))

  const isWithin = total <= budgetKb * 1000
  console.log(
    `${isWithin ? '✓' : '✗'} size: ${kb(total)} kB brotli of at most ${budgetKb}: ` +
      `${kb(total - lazy)} at once, ${kb(lazy)} when needed`,
  )
  console.log(
    `  minified: ${sharesOf(outputs)
      .map(([name, bytes]) => `${name} ${kb(bytes)}`)
      .join(' · ')}`,
  )
  return isWithin
}

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
