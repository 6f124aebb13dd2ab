import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import type { PersonId } from '../../sync/people'
import { isSaved } from './screen'

/** A Chromium in which everyone who sits down has a browser of their own: its storage and its connections. */
export class Chromium {
  readonly #contexts: BrowserContext[] = []

  private constructor(private readonly browser: Browser) {}

  static async open(): Promise<Chromium> {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    })
    return new Chromium(browser)
  }

  async sitDown(person: PersonId, url: string): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1400, height: 900 } })
    this.#contexts.push(context)
    await context.addInitScript(name => {
      if (!sessionStorage.getItem('tidemark-person')) sessionStorage.setItem('tidemark-person', name)
    }, person)
    const page = await context.newPage()
    await page.goto(url)
    await isSaved(page)
    return page
  }

  async allLeave(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close()
  }

  close(): Promise<void> {
    return this.browser.close()
  }
}
