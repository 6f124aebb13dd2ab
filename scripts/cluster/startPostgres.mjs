import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Program } from './Program.mjs'

/** A Postgres in that folder, reached by a socket there. It will not run as root: then it runs as Debian's own user. */
export async function startPostgres({ initdb, postgres }, folder) {
  const account = userInfo().uid === 0 ? accountOf('postgres') : {}
  mkdirSync(folder)
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid)
  const files = join(folder, 'files')
  execFileSync(initdb, ['-D', files, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale'], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`].flatMap(setting => ['-c', setting])
  const program = new Program(postgres, ['-D', files, ...settings], { ...account, cwd: folder })
  await program.says(line => line.includes('ready to accept connections'))
  // Not waiting for clients to leave: they were stopped before.
  const stop = () => program.stop('SIGINT')
  return { url: `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`, program, stop }
}

function accountOf(user) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${user}:`))
  if (line === undefined) throw new Error('Postgres does not run as root: start this as another user.')
  const [, , uid, gid] = line.split(':').map(Number)
  return { uid, gid }
}
