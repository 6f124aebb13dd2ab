import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Where a node keeps what it has: alone in a directory, alone in Postgres, or there with others. */
export type NodePlace = { readonly name: string } & (
  | { readonly dir: string }
  | { readonly postgres: string }
  | { readonly postgres: string; readonly redis: string }
)

/** What a node has worked since it started. */
export interface NodeWork {
  /** Of its whole process, as the operating system counts it. */
  readonly cpuMs: number
  /** For which its main thread could have worked and others had the cores. */
  readonly crowdedOutMs: number
  /** Of conditions, on rows of changes. */
  readonly evaluations: number
}

export type NodeSaid = { readonly kind: 'ready'; readonly url: string } | ({ readonly kind: 'work' } & NodeWork)

const program = fileURLToPath(new URL('./runNode.ts', import.meta.url))

/** A node in a process of its own: its CPU time is its own, and it can be killed. */
export class NodeProcess {
  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(place: NodePlace): Promise<NodeProcess> {
    const child = fork(program, [JSON.stringify(place)], {
      execArgv: ['--conditions=@tidemark/source', '--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const { url } = await heard(child, 'ready')
    return new NodeProcess(place.name, child, url)
  }

  async work(): Promise<NodeWork> {
    const said = heard(this.child, 'work')
    this.child.send('work')
    return said
  }

  /** As a deployment does it. */
  stop(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** Without any warning. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async #end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.kill(how)
    await ended
  }
}

function heard<K extends NodeSaid['kind']>(child: ChildProcess, kind: K): Promise<Extract<NodeSaid, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`the node's process ended before it said "${kind}"`))
    const listener = (said: NodeSaid): void => {
      if (said.kind !== kind) return
      child.off('exit', ended)
      child.off('message', listener)
      resolve(said as Extract<NodeSaid, { kind: K }>)
    }
    child.on('message', listener)
    child.once('exit', ended)
  })
}
