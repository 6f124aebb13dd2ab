import { type ChildProcess, spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { missingPrograms } from '../../../../scripts/cluster/findPrograms.mjs'
import { freePort } from '../../../../scripts/cluster/freePort.mjs'

const program = fileURLToPath(new URL('../../../../scripts/run.mjs', import.meta.url))
/** It has a Postgres and a Redis of its own. */
const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '' }

/** `npm run cluster`, on free ports: what is known of it is what it prints. */
export class ClusterProcess {
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  readonly #exited: Promise<number | null>

  private constructor(private readonly child: ChildProcess) {
    // A run that is broken off leaves nothing behind.
    const end = (): void => void child.kill()
    process.once('exit', end)
    this.#exited = new Promise(resolve => {
      child.once('exit', code => {
        process.off('exit', end)
        resolve(code)
      })
    })
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on('line', line => this.#printed(line))
    }
  }

  /** What is not installed here and it needs. */
  static get missing(): readonly string[] {
    return missingPrograms(env)
  }

  /** Resolves once it says where to open the app: then all nodes listen. */
  static async start(): Promise<ClusterProcess> {
    const child = spawn(process.execPath, [program, 'cluster'], {
      env: { ...env, PORT: String(await freePort()) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const cluster = new ClusterProcess(child)
    await cluster.says(/^Open http/)
    return cluster
  }

  get url(): string {
    return this.#matches(/^Open (http:[^ ]+\d)/).at(-1) ?? ''
  }

  /** Every process that it has started. */
  get pids(): readonly number[] {
    return this.#matches(/ pid (\d+)/).map(Number)
  }

  /** Where its servers keep what they have. */
  get folder(): string {
    return dirname(decodeURIComponent(this.#matches(/^Postgres .*host=([^ ]+)/).at(-1) ?? ''))
  }

  /** SIGKILL: without any warning. SIGTERM: as in a deployment. */
  signal(node: string, signal: 'SIGKILL' | 'SIGTERM'): void {
    process.kill(Number(this.#matches(new RegExp(`^${node} .* pid (\\d+)`)).at(-1)), signal)
  }

  /** Resolves when a line of it matches, be it one from before. */
  async says(pattern: RegExp): Promise<void> {
    let hasEnded = false
    const ended = this.#exited.then(() => {
      hasEnded = true
    })
    while (!this.#lines.some(line => pattern.test(line))) {
      if (hasEnded) throw new Error(`it ended and never said ${pattern}:\n${this.#lines.join('\n')}`)
      await Promise.race([ended, new Promise<void>(resolve => this.#waiting.add(resolve))])
    }
  }

  /** As Ctrl-C does. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT')
    return this.#exited
  }

  #printed(line: string): void {
    this.#lines.push(line)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #matches(pattern: RegExp): string[] {
    return this.#lines.flatMap(line => pattern.exec(line)?.[1] ?? [])
  }
}
