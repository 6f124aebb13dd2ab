import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { WebSocket } from 'ws'
import { optional, type Peer } from './Peer.js'

/** The server that y-websocket brings, in a process of its own and in memory. */
export async function startYWebsocket(): Promise<Peer | null> {
  const provider = await optional(() => import('y-websocket'))
  if (provider === null) return null
  const home = dirname(createRequire(import.meta.url).resolve('y-websocket/package.json'))
  const port = await freePort()
  const server = spawn(process.execPath, [join(home, 'bin', 'server.cjs')], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout, 'data')
  return {
    name: 'y-websocket 2.1.0',
    url: `ws://127.0.0.1:${port}`,
    async open(url, room, doc) {
      const link = new provider.WebsocketProvider(url, room, doc, {
        WebSocketPolyfill: WebSocket as never,
        disableBc: true,
      })
      if (!link.synced) {
        await new Promise<void>(resolve => link.on('sync', (isSynced: boolean) => isSynced && resolve()))
      }
      return { close: () => link.destroy() }
    },
    async stop() {
      server.kill()
      await once(server, 'exit')
    },
  }
}

/** Its server takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
