import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium } from '../../../client/src/testing/browser/Chromium.js'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const source = '--conditions=@tidemark/source'

/** The files of the README's first app, by the name in their first line. */
function firstApp(): Map<string, string> {
  const files = new Map<string, string>()
  for (const [, code = ''] of readFileSync(join(repository, 'README.md'), 'utf8').matchAll(/```tsx?\n([\s\S]*?)```/g)) {
    const name = /^\/\/ ([\w.]+)/.exec(code)?.[1]
    if (name !== undefined) files.set(name, code)
  }
  return files
}

/** Starts `tidemark dev` with the app's configuration and gives its address. */
async function startNode(folder: string): Promise<{ readonly process: ChildProcess; readonly address: string }> {
  const main = join(repository, 'packages/server/src/cli/main.ts')
  const args = [
    source,
    '--import',
    'tsx',
    main,
    'dev',
    'tidemark.config.ts',
    '--port',
    '0',
    '--data',
    join(folder, 'data'),
  ]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const address = /listening on http:\/\/(\S+)/.exec(printed)?.[1]
    if (address !== undefined) {
      child.stdout.resume()
      return { process: child, address }
    }
  }
  throw new Error(`the node ended and printed ${printed}`)
}

function bundle(folder: string): string {
  const fromRoot = createRequire(join(repository, 'package.json'))
  const esbuild = createRequire(fromRoot.resolve('tsx/package.json')).resolve('esbuild/bin/esbuild')
  const flags = ['--bundle', '--format=esm', '--jsx=automatic', '--conditions=@tidemark/source', '--log-level=error']
  return execFileSync(process.execPath, [esbuild, join(folder, 'main.tsx'), ...flags], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
}

describe('the first app of the README', () => {
  // Inside the package, so that the app finds the packages as an installed one would.
  const folder = mkdtempSync(join(repository, 'packages/react/.readme-'))
  let node: ChildProcess
  let pages: Server
  let pageUrl: string
  let chromium: Chromium

  beforeAll(async () => {
    const files = firstApp()
    expect([...files.keys()]).toEqual(['schema.ts', 'App.tsx', 'tidemark.config.ts'])
    for (const [name, code] of files) writeFileSync(join(folder, name), code)
    const started = await startNode(folder)
    node = started.process
    const app = readFileSync(join(folder, 'App.tsx'), 'utf8').replace('127.0.0.1:4800', started.address)
    writeFileSync(join(folder, 'App.tsx'), app)
    const main = `import { createRoot } from 'react-dom/client'\nimport { App } from './App'\n`
    writeFileSync(join(folder, 'main.tsx'), `${main}createRoot(document.body).render(<App />)\n`)
    const script = bundle(folder)
    pages = createServer((request, response) => {
      const isScript = request.url === '/main.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : '<!doctype html><body><script type="module" src="/main.js"></script>')
    })
    await new Promise<void>(resolve => pages.listen(0, '127.0.0.1', resolve))
    const address = pages.address()
    pageUrl = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}/`
    chromium = await Chromium.open()
  })

  afterAll(async () => {
    await chromium?.close()
    pages?.close()
    node?.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  it('[R-README-1] runs as it is printed: two tabs in step, and what was typed is there after a reload', async () => {
    const [first, second] = [await chromium.openTab(pageUrl), await chromium.openTab(pageUrl)]
    await first.fill('input[name=title]', 'Buy milk')
    await first.click('text=Add')
    await second.waitForSelector('text=Buy milk')
    await second.click('text=0 votes')
    await first.waitForSelector('text=1 votes')
    await first.waitForSelector('text=complete, online, 0 unsent')
    await first.reload()
    await first.waitForSelector('text=Buy milk')
    await first.click('input[type=checkbox]')
    await second.waitForSelector('text=Buy milk', { state: 'detached' })
  })

  it('[R-README-2] is a first app in about 40 lines', () => {
    const lines = [...firstApp().values()]
      .join('\n')
      .split('\n')
      .filter(line => line.trim() !== '' && !line.startsWith('//'))
    expect(lines.length).toBeLessThanOrEqual(45)
  })
})
