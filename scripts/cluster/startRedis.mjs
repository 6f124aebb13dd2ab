import { mkdirSync } from 'node:fs'
import { freePort } from './freePort.mjs'
import { Program } from './Program.mjs'

/** A Redis that keeps nothing: to nodes it is a line, not a store. */
export async function startRedis({ redisServer }, folder) {
  const port = await freePort()
  mkdirSync(folder)
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const program = new Program(redisServer, args)
  await program.says(line => /ready to accept connections/i.test(line))
  return { url: `redis://127.0.0.1:${port}`, program, stop: () => program.stop() }
}
