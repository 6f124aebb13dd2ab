import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'

/** Postgres will not run as root: then it runs as the user that Debian makes for it. */
const account = userInfo().uid === 0 ? accountOf('postgres') : undefined

/** A run that is broken off leaves no server behind. */
const running = new Set<PostgresServer>()
process.once('exit', () => {
  for (const server of running) void server.stop()
})

/** A Postgres of one's own in a new directory, reached by a socket in it; gone when it is stopped. */
export class PostgresServer {
  #process: ChildProcess | undefined

  private constructor(
    private readonly programs: string,
    private readonly dir: string,
    private readonly settings: readonly string[],
  ) {}

  /** `settings` as in `postgresql.conf`. What a killed process has written stays, so nothing need reach the disk. */
  static async start(settings: readonly string[] = ['fsync=off']): Promise<PostgresServer> {
    const programs = findPrograms()
    if (programs === undefined) throw new Error('There is no Postgres here (Debian: apt-get install postgresql).')
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-pg-'))
    if (account) chownSync(dir, account.uid, account.gid)
    const args = ['-D', join(dir, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync']
    execFileSync(join(programs, 'initdb'), args, { ...account, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
    const server = new PostgresServer(programs, dir, settings)
    running.add(server)
    await server.run()
    return server
  }

  get url(): string {
    return this.urlOf('postgres')
  }

  get socketPath(): string {
    return join(this.dir, '.s.PGSQL.5432')
  }

  urlOf(database: string): string {
    return `postgres://postgres@/${database}?host=${encodeURIComponent(this.dir)}`
  }

  /** As its superuser, on a connection of its own. */
  async query(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.urlOf(database) })
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, unknown>>(text)
      return rows
    } finally {
      await client.end()
    }
  }

  /** Starts it, again after `kill`, and waits until it takes connections. */
  async run(): Promise<void> {
    const settings = [...this.settings, 'listen_addresses=', `unix_socket_directories=${this.dir}`]
    const args = ['-D', join(this.dir, 'data'), ...settings.flatMap(setting => ['-c', setting])]
    const child = spawn(join(this.programs, 'postgres'), args, {
      ...account,
      cwd: this.dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line)
      if (!line.includes('ready to accept connections')) continue
      child.stderr.resume()
      return
    }
    throw new Error(`Postgres did not start:\n${lines.join('\n')}`)
  }

  /** All its processes at once, as when the machine loses power. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child?.pid === undefined) return
    this.#process = undefined
    const exit = once(child, 'exit')
    // Stopped first, so that none is made meanwhile.
    child.kill('SIGSTOP')
    for (const pid of childrenOf(child.pid)) signal(pid, 'SIGKILL')
    child.kill('SIGKILL')
    await exit
  }

  async stop(): Promise<void> {
    running.delete(this)
    await this.kill()
    rmSync(this.dir, { recursive: true })
  }

  /** Holds all its processes still, as a machine that is not there any more; answers how they go on. */
  pause(): () => void {
    const postmaster = this.#process?.pid as number
    const pids = [postmaster, ...childrenOf(postmaster)]
    for (const pid of pids) signal(pid, 'SIGSTOP')
    return () => {
      for (const pid of pids) signal(pid, 'SIGCONT')
    }
  }
}

/** Whether there is one to start. */
export const hasPostgres = (): boolean => findPrograms() !== undefined

/** Where `initdb` and `postgres` are: in Debian's place for the newest version, or on the path. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = listOf(debian).sort((a, b) => Number(b) - Number(a))
  const folders = [
    ...versions.map(version => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return folders.find(folder => ['initdb', 'postgres'].every(program => isExecutable(join(folder, program))))
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // it is not there
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function accountOf(user: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return line === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
