import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--remote-debugging-port=0',
]

/** A real browser with a profile on disk. It can be killed as a power cut would, and opened again on the same profile. */
export class Chromium {
  readonly #process: ChildProcess
  readonly #browser: Browser
  readonly profile: string

  private constructor(process: ChildProcess, browser: Browser, profile: string) {
    this.#process = process
    this.#browser = browser
    this.profile = profile
  }

  static async open(profile = mkdtempSync(join(tmpdir(), 'tidemark-chromium-'))): Promise<Chromium> {
    const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
    // A group of its own: a kill takes all of the browser's processes at once.
    const child = spawn(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // In a group of its own it would outlive a test that ends badly.
    const end = () => killGroup(child)
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    const browser = await chromium.connectOverCDP(await debuggerOf(child))
    return new Chromium(child, browser, profile)
  }

  /** The tabs of one context share storage, channels and locks. */
  get context(): BrowserContext {
    const context = this.#browser.contexts()[0]
    if (context === undefined) throw new Error('Chromium has no context.')
    return context
  }

  /** Opens a tab. Its module has run then: a page has loaded when its modules have. */
  async openTab(url: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(url)
    return page
  }

  /** Ends every process of the browser at once. The profile stays. */
  async kill(): Promise<void> {
    const ended = this.#ended()
    killGroup(this.#process)
    await ended
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  #ended(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return Promise.resolve()
    return new Promise(resolve => this.#process.once('exit', () => resolve()))
  }
}

/** Ends one tab as a crash does: no unload event runs, other tabs go on. */
export async function crashTab(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => undefined)
  await crashed
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}

function debuggerOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', chunk => {
      text += chunk
      const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`Chromium ended before it was ready: ${text}`)))
  })
}
