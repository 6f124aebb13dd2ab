import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NodePlace } from './NodePlace.js'
import type { WitnessedReads } from './storm/CatchUpWitness.js'

export type ToNode = { readonly kind: 'heap' | 'cpu' | 'memory' | 'catchUpReads' }
/** Of its whole process; the greatest since it started. */
export interface NodeMemory {
  readonly residentBytes: number
  readonly mostResidentBytes: number
}

export type FromNode =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'heap'; readonly bytes: number }
  | { readonly kind: 'cpu'; readonly ms: number }
  | ({ readonly kind: 'memory' } & NodeMemory)
  | ({ readonly kind: 'catchUpReads' } & WitnessedReads)
  | { readonly kind: 'error'; readonly message: string }

const program = fileURLToPath(new URL('./runNode.ts', import.meta.url))
const repository = fileURLToPath(new URL('../../../..', import.meta.url))

/** However this process ends, it leaves no node behind. */
const alive = new Set<NodeChild>()
process.once('exit', () => {
  for (const node of alive) node.destroy()
})

/** A node in a process of its own. It can be killed at any moment, and started again at the same address. */
export class NodeChild {
  /** Lives that it had. */
  starts = 0
  /** What its processes wrote to their log as errors, or ended with. */
  readonly errors: string[] = []
  #child: ChildProcess | null = null
  #url = ''

  /** `placeOf`: where it is in its first life, its second … */
  constructor(private readonly placeOf: (life: number) => NodePlace) {
    alive.add(this)
  }

  get url(): string {
    return this.#url
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Rejects if its process ends before it serves. */
  async start(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port
    const place = this.placeOf(++this.starts)
    const child = fork(program, [JSON.stringify(place), port], {
      cwd: repository,
      execArgv: ['--conditions=@tidemark/source', '--import', 'tsx', '--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    child.on('message', (message: FromNode) => {
      if (message.kind === 'error') this.errors.push(message.message)
    })
    const { url } = await this.#told('ready')
    this.#url = url
    child.once('exit', code => {
      if (code !== null && code !== 0) this.errors.push(`the process ended with exit code ${code}`)
    })
  }

  /** Without any warning. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** As a deployment does it. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** It does nothing any more, and notices nothing of that. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** What is left on its heap after a forced collection. */
  async heapBytes(): Promise<number> {
    return (await this.#asked('heap')).bytes
  }

  /** What its process has worked since it started. */
  async cpuMs(): Promise<number> {
    return (await this.#asked('cpu')).ms
  }

  memory(): Promise<NodeMemory> {
    return this.#asked('memory')
  }

  /** What it read to catch sessions up since it was last asked. */
  catchUpReads(): Promise<WitnessedReads> {
    return this.#asked('catchUpReads')
  }

  destroy(): void {
    alive.delete(this)
    this.#child?.kill('SIGKILL')
  }

  async #end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === null || !this.isRunning) return
    const ended = once(child, 'exit')
    child.kill(how)
    await ended
  }

  #asked<K extends ToNode['kind']>(kind: K): Promise<Extract<FromNode, { kind: K }>> {
    const told = this.#told(kind)
    this.#child?.send({ kind } satisfies ToNode)
    return told
  }

  #told<K extends FromNode['kind']>(kind: K): Promise<Extract<FromNode, { kind: K }>> {
    const child = this.#child
    if (child === null || !this.isRunning) return Promise.reject(new Error('the node is not running'))
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`the node ended before it said "${kind}"`))
      const heard = (message: FromNode): void => {
        if (message.kind !== kind) return
        child.off('exit', ended)
        child.off('message', heard)
        resolve(message as Extract<FromNode, { kind: K }>)
      }
      child.on('message', heard)
      child.once('exit', ended)
    })
  }
}
