import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Digests } from './rooms.js'

/** Clients who come to a node, spread over so many rooms. */
export interface SwarmOrder {
  readonly url: string
  readonly clients: number
  readonly rooms: number
}

/** How they came back when their node was gone. */
export interface SwarmReport {
  /** Of each, from losing its connection to being caught up. */
  readonly backAfterMs: readonly number[]
  /** Connections that they tried. */
  readonly dials: number
  /** How many had missed something, and how many were sent all that they had. */
  readonly lacking: number
  readonly whole: number
}

export type ToSwarm =
  | ({ readonly kind: 'come' } & SwarmOrder)
  /** Where a balancer sends who comes from now on. */
  | { readonly kind: 'serving'; readonly urls: readonly string[] }
  | { readonly kind: 'return' }
  /** By the key of a place. */
  | { readonly kind: 'compare'; readonly digests: Digests }
  | { readonly kind: 'leave' }

export type FromSwarm =
  | { readonly kind: 'came' | 'left' }
  | ({ readonly kind: 'returned' } & SwarmReport)
  /** How many show something else. */
  | { readonly kind: 'compared'; readonly different: number }

const program = fileURLToPath(new URL('./runSwarm.ts', import.meta.url))
const repository = fileURLToPath(new URL('../../../../..', import.meta.url))

/** Very many clients, in a process of their own: what they cost themselves is not measured as what they cost others. */
export class Swarm {
  readonly #child: ChildProcess = fork(program, [], {
    cwd: repository,
    execArgv: ['--conditions=@tidemark/source', '--import', 'tsx'],
  })

  /** Resolves when all are caught up. */
  async come(order: SwarmOrder): Promise<void> {
    await this.#asked({ kind: 'come', ...order }, 'came')
  }

  goTo(urls: readonly string[]): void {
    this.#child.send({ kind: 'serving', urls } satisfies ToSwarm)
  }

  /** Resolves when all have lost their connection and are caught up again. */
  returned(): Promise<SwarmReport> {
    return this.#asked({ kind: 'return' }, 'returned')
  }

  async different(digests: Digests): Promise<number> {
    return (await this.#asked({ kind: 'compare', digests }, 'compared')).different
  }

  async leave(): Promise<void> {
    await this.#asked({ kind: 'leave' }, 'left')
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #asked<K extends FromSwarm['kind']>(what: ToSwarm, kind: K): Promise<Extract<FromSwarm, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`the swarm ended before it said "${kind}"`))
      const heard = (message: FromSwarm): void => {
        if (message.kind !== kind) return
        this.#child.off('exit', ended)
        this.#child.off('message', heard)
        resolve(message as Extract<FromSwarm, { kind: K }>)
      }
      this.#child.once('exit', ended)
      this.#child.on('message', heard)
      this.#child.send(what)
    })
  }
}
