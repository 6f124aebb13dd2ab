import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const repository = join(folder, '../..')

/** The tracker as `npm start` runs it, with a data directory of its own; it can be stopped and started again. */
export class TrackerProcess {
  readonly #data = mkdtempSync(join(tmpdir(), 'tracker-'))
  #port = 0
  #process: ChildProcess | null = null

  get url(): string {
    return `http://localhost:${this.#port}`
  }

  async start(): Promise<void> {
    const server = ['--conditions=@tidemark/source', '--import', 'tsx', join(folder, 'server.ts')]
    const env = { ...process.env, NODE_ENV: 'production' as const, PORT: String(this.#port), TIDEMARK_DATA: this.#data }
    const child = spawn(process.execPath, server, { cwd: repository, env, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = child
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^listening on http:\/\/localhost:(\d+)$/.exec(line)?.[1]
      if (port === undefined) continue
      this.#port = Number(port)
      return
    }
    throw new Error('The tracker ended before it listened.')
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = null
    if (!child || child.exitCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#data, { recursive: true, force: true })
  }
}
