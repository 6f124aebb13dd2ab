import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** A wire to a node that can go dead: nothing passes any more, nothing is closed, and new connections meet the same. */
export class BlackHole {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #isDead = false

  /** `url` is the node's. */
  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#target = { host: hostname, port: Number(port) }
    this.#server = createServer(socket => this.#connected(socket))
  }

  /** The node's address at this end. */
  async open(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  swallow(): void {
    this.#isDead = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** What waited in it comes through. */
  giveBack(): void {
    this.#isDead = false
    for (const socket of this.#sockets) socket.resume()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }

  #connected(socket: Socket): void {
    const node = dial(this.#target)
    this.#join(socket, node)
    this.#join(node, socket)
    if (this.#isDead) this.swallow()
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', bytes => to.write(bytes))
    from.on('error', () => undefined) // the close says it
    from.once('close', () => {
      this.#sockets.delete(from)
      // A dead wire tells neither end that the other has gone.
      if (!this.#isDead) to.destroy()
    })
  }
}
