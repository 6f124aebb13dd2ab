import { createServer, connect as dial, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/**
 * A wire over TCP that can go bad. Held, nothing passes and nothing is closed, as when a network goes silent; what was
 * sent comes through once it is mended. Cut, whatever is connected breaks, and so does whatever tries. Slow, each piece
 * takes its time.
 */
export class Wire {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isHeld = false
  #isCut = false
  #delayMs = 0
  /** What waits for the wire to be mended. */
  #waiting: (() => void)[] = []

  /** `target`: where a new connection leads; null where nobody is. */
  constructor(private readonly target: () => NetConnectOpts | null) {
    this.#server = createServer(socket => this.#connected(socket))
  }

  /** The port of this end, on the loopback. */
  async open(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  hold(): void {
    this.#isHeld = true
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  slow(delayMs: number): void {
    this.#delayMs = delayMs
  }

  mend(): void {
    this.#isHeld = false
    this.#isCut = false
    this.#delayMs = 0
    for (const go of this.#waiting.splice(0)) go()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.mend()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }

  #connected(near: Socket): void {
    const target = this.#isCut ? null : this.target()
    if (target === null) {
      near.destroy()
      return
    }
    const far = dial(target)
    this.#join(near, far)
    this.#join(far, near)
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('error', () => undefined) // the close says it
    from.once('close', hadError => {
      this.#sockets.delete(from)
      // A silent wire tells neither end that the other has gone.
      if (hadError) this.#pass(() => to.destroy())
    })
    const gate = new Transform({
      transform: (bytes, _, done) => this.#pass(() => done(null, bytes)),
      flush: done => this.#pass(() => done()),
    })
    from.pipe(gate).pipe(to)
  }

  #pass(go: () => void): void {
    if (this.#isHeld) this.#waiting.push(() => this.#pass(go))
    else if (this.#delayMs > 0) setTimeout(go, this.#delayMs)
    else go()
  }
}
