import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CliConsole } from '../CliConsole.js'

/** A console of its own, in an empty directory. */
export class TestConsole implements CliConsole {
  readonly said: string[] = []
  readonly complained: string[] = []
  readonly directory = mkdtempSync(join(tmpdir(), 'tidemark-cli-'))
  readonly #stop: Promise<void>
  readonly #listeners: (() => void)[] = []
  stop = (): void => {}

  constructor(readonly env: Readonly<Record<string, string | undefined>> = {}) {
    this.#stop = new Promise(resolve => {
      this.stop = resolve
    })
  }

  say(line: string): void {
    this.said.push(line)
    for (const listener of this.#listeners.splice(0)) listener()
  }

  complain(line: string): void {
    this.complained.push(line)
  }

  stopAsked(): Promise<void> {
    return this.#stop
  }

  /** Resolves with the address once the node listens. */
  async listening(): Promise<string> {
    const line = await this.says(/^listening on /)
    return line.slice('listening on '.length)
  }

  /** Resolves with the first line that matches, of those from the given one on. */
  async says(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const line = this.said.slice(from).find(said => pattern.test(said))
      if (line !== undefined) return line
      await new Promise<void>(resolve => {
        this.#listeners.push(resolve)
      })
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
