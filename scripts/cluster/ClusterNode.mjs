import { join } from 'node:path'
import { example, fromSource } from '../repository.mjs'
import { Program } from './Program.mjs'

/** How long a node may take to say how it is. */
const answerMs = 1_000

/**
 * A node of the cluster in a process of its own, which may die and be started again.
 *
 *   down ──start──► starting ──says ready──► up ◄──► not ready ──process ends──► down
 */
export class ClusterNode {
  #env
  #program = null
  state = 'down'
  /** Why it is down or not ready. */
  why = ''
  shards = 0
  sessions = 0

  constructor(name, port, env) {
    this.name = name
    this.port = port
    this.#env = { ...env, TIDEMARK_NAME: name, PORT: String(port) }
  }

  get isUp() {
    return this.state === 'up'
  }

  get line() {
    const address = `http://localhost:${this.port}`
    const how = this.why === '' ? this.state : `${this.state} (${this.why})`
    if (this.#program === null) return `${this.name.padEnd(7)} ${address}  ${how}`
    const counts = this.isUp
      ? `, ${this.shards} shards, ${this.sessions} ${this.sessions === 1 ? 'session' : 'sessions'}`
      : ''
    return `${this.name.padEnd(7)} ${address}  ${how}, pid ${this.#program.pid}${counts}`
  }

  /** Resolves when it listens, or has ended before. */
  async start() {
    if (this.#program !== null) return
    const program = new Program(process.execPath, [...fromSource, join(example, 'server.ts')], {
      env: { ...process.env, NODE_ENV: 'production', ...this.#env },
    })
    this.#program = program
    this.#turn('starting')
    program.exited.then(how => {
      this.#program = null
      this.#turn('down', how)
    })
    const listens = line => line.startsWith('listening on')
    await program.says(listens, line => isNews(line) && console.log(`${this.name}: ${line}`)).catch(() => undefined)
    await this.look()
  }

  async stop() {
    await this.#program?.stop()
  }

  kill() {
    this.#program?.kill()
  }

  /** Asks it how it is. */
  async look() {
    if (this.#program === null) return
    const ready = await this.#get('/readyz')
    const metrics = ready?.ok ? await this.#get('/metrics') : null
    if (this.#program === null) return
    if (metrics === null) {
      const answer = await ready?.json().catch(() => null)
      if (this.state !== 'starting' || answer) this.#turn('not ready', answer?.code ?? 'no answer')
      return
    }
    const text = await metrics.text()
    const numberOf = name => Number(new RegExp(`^tidemark_${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
    this.shards = numberOf('shards')
    this.sessions = numberOf('sessions{kind="native"}')
    this.#turn('up')
  }

  #get(path) {
    const signal = AbortSignal.timeout(answerMs)
    return fetch(`http://127.0.0.1:${this.port}${path}`, { signal }).catch(() => null)
  }

  #turn(state, why = '') {
    this.state = state
    this.why = why
  }
}

/** What Next says of its own start is left out. */
const isNews = line => line.trim() !== '' && !/^\s*✓/.test(line)
