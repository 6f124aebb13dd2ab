import { WebSocket } from 'ws'
import { optional, type Peer } from './Peer.js'

/** A hocuspocus server as it comes, without a database. */
export async function startHocuspocus(): Promise<Peer | null> {
  const parts = await optional(async () => ({
    ...(await import('@hocuspocus/server')),
    ...(await import('@hocuspocus/provider')),
  }))
  if (parts === null) return null
  const { Server, HocuspocusProvider, HocuspocusProviderWebsocket } = parts
  const server = new Server({ quiet: true, address: '127.0.0.1', stopOnSignals: false })
  await server.listen(0)
  return {
    name: 'hocuspocus 4.7.0',
    url: `ws://127.0.0.1:${server.address.port}`,
    async open(url, room, doc) {
      const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket })
      let synced: () => void = () => undefined
      const isSynced = new Promise<void>(resolve => {
        synced = resolve
      })
      const link = new HocuspocusProvider({ name: room, document: doc, websocketProvider: socket, onSynced: synced })
      link.attach()
      await isSynced
      return {
        close() {
          link.destroy()
          socket.destroy()
        },
      }
    },
    async stop() {
      await server.destroy()
    },
  }
}
