import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** A cable to a node that can be pulled and put back: while it is out, connections break and none is made. */
export class Relay {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  /** Connections that have been made through it. */
  connectionCount = 0

  /** `url` is the node's. */
  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#target = { host: hostname, port: Number(port) }
  }

  /** The node's address at this end of the cable; the same whenever it is put back. */
  async connect(): Promise<string> {
    const server = createServer(socket => {
      this.connectionCount++
      const node = dial(this.#target)
      for (const end of [socket, node]) {
        this.#sockets.add(end)
        end.on('error', () => undefined)
        end.once('close', () => {
          this.#sockets.delete(end)
          socket.destroy()
          node.destroy()
        })
      }
      socket.pipe(node).pipe(socket)
    })
    await new Promise<void>(resolve => server.listen(this.#port, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
    this.#server = server
    return `ws://127.0.0.1:${this.#port}`
  }

  async cut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>(resolve => (server === undefined ? resolve() : server.close(() => resolve())))
  }
}
