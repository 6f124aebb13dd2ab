import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const patienceMs = 10_000

const living = new Set()

/** However this process ends, nothing is left behind that was not stopped before. */
process.on('exit', () => {
  for (const program of living) program.kill()
})

/** A program that runs beside this one until it is stopped. Ctrl-C does not reach it: it ends when its turn comes. */
export class Program {
  #child
  /** Resolves with what ended it: a signal or a code. */
  exited

  constructor(command, args, options = {}) {
    this.#child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    living.add(this)
    this.exited = new Promise(resolve => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
      this.#child.once('error', error => resolve(error.message))
    })
    void this.exited.then(() => living.delete(this))
  }

  get pid() {
    return this.#child.pid
  }

  /** Resolves at the first line that is what one waits for. `other` is told all that come before, and after. */
  says(isAwaited, other = () => {}) {
    return new Promise((resolve, reject) => {
      let last = ''
      for (const input of [this.#child.stdout, this.#child.stderr]) {
        createInterface({ input }).on('line', line => {
          last = line
          if (isAwaited(line)) resolve()
          else other(line)
        })
      }
      this.exited.then(how => reject(new Error(`${this.#child.spawnfile} has ended (${how}). ${last}`)))
    })
  }

  kill() {
    this.#child.kill('SIGKILL')
  }

  /** Asks it to end and waits; when that takes too long it is killed. */
  async stop(signal = 'SIGTERM') {
    this.#child.kill(signal)
    const timer = setTimeout(() => this.kill(), patienceMs)
    await this.exited
    clearTimeout(timer)
  }
}
