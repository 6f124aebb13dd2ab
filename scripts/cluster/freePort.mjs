import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nothing listens on just now; `wanted`, if that is free. */
export async function freePort(wanted = 0) {
  const server = createServer()
  try {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address()
    server.close()
    await once(server, 'close')
    return port
  } catch {
    return freePort()
  }
}
