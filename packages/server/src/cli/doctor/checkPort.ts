import { createServer } from 'node:net'
import { type Finding, fine, problem, problemFrom } from './Finding.js'

/** Whether a node could listen there: by trying it. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const error = await new Promise<NodeJS.ErrnoException | null>(resolve => {
    const server = createServer()
    server.once('error', resolve)
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
  if (error === null) return fine('port', `${host}:${port} is free.`)
  switch (error.code) {
    case 'EADDRINUSE': {
      const who = (await isTidemark(host, port)) ? 'a Tidemark node' : 'another program'
      return problem('port', 'PORT_TAKEN', `${host}:${port} is taken by ${who}.`)
    }
    case 'EACCES':
      return problem(
        'port',
        'BAD_CONFIG',
        `Port ${port} needs rights that this user has not.`,
        'Take one from 1024 on.',
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return problem('port', 'BAD_CONFIG', `${host} is no address of this machine.`, 'Choose another with --host.')
    default:
      return problemFrom('port', error)
  }
}

async function isTidemark(host: string, port: number): Promise<boolean> {
  const address = host.includes(':') ? `[${host}]` : host
  const says = await fetch(`http://${address}:${port}/healthz`, { signal: AbortSignal.timeout(1_000) })
    .then(response => response.text())
    .catch(() => '')
  return says.trim() === '{"status":"ok"}'
}
