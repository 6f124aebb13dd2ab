import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Fault } from '../Faults.js'

export interface AttackOrder {
  readonly url: string
  readonly attackers: number
  /** Of each attacker. */
  readonly framesPerSecond: number
  /** Of all together. */
  readonly frames: number
  readonly seed: number
}

export interface AttackReport {
  readonly seconds: number
  readonly connections: number
  /** How sessions ended, by the code they were closed with. */
  readonly countByClose: Readonly<Record<string, number>>
  readonly faults: readonly Fault[]
}

const program = fileURLToPath(new URL('./runAttack.ts', import.meta.url))
const repository = fileURLToPath(new URL('../../../../..', import.meta.url))

/** Attackers, in a process of their own: what they cost themselves is not measured as what they cost others. */
export class Crowd {
  readonly #child: ChildProcess = fork(program, [], {
    cwd: repository,
    execArgv: ['--conditions=@tidemark/source', '--import', 'tsx'],
  })

  /** One attack at a time. */
  attack(order: AttackOrder): Promise<AttackReport> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the attackers ended before their attack'))
      this.#child.once('exit', ended)
      this.#child.once('message', (report: AttackReport) => {
        this.#child.off('exit', ended)
        resolve(report)
      })
      this.#child.send(order)
    })
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}
