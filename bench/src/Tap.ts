import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

export interface TappedFrame {
  readonly from: 'client' | 'node'
  readonly bytes: Uint8Array
}

/**
 * A WebSocket proxy that keeps every message of the connections that go through it, in both directions and as sent. Any
 * client can be pointed at it, so the bytes of peers are counted by the same hand.
 */
export class Tap {
  #newest: { readonly frames: TappedFrame[] } = { frames: [] }

  private constructor(
    private readonly server: WebSocketServer,
    private readonly target: string,
  ) {
    server.on('connection', (inner, request) => this.#join(inner, request.url ?? '/'))
  }

  /** `target` is the address of a server without a path. */
  static async open(target: string): Promise<Tap> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
    await once(server, 'listening')
    return new Tap(server, target)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** What went through the newest connection since the last call. */
  take(): readonly TappedFrame[] {
    const { frames } = this.#newest
    return frames.splice(0)
  }

  close(): void {
    for (const ws of this.server.clients) ws.terminate()
    this.server.close()
  }

  #join(inner: WebSocket, path: string): void {
    const frames: TappedFrame[] = []
    this.#newest = { frames }
    const outer = new WebSocket(this.target + (path === '/' ? '' : path), { perMessageDeflate: false })
    const early: [data: RawData, isBinary: boolean][] = []
    inner.on('message', (data, isBinary) => {
      frames.push({ from: 'client', bytes: bytesOf(data) })
      if (outer.readyState === WebSocket.OPEN) outer.send(data, { binary: isBinary })
      else early.push([data, isBinary])
    })
    outer.on('open', () => {
      for (const [data, isBinary] of early) outer.send(data, { binary: isBinary })
    })
    outer.on('message', (data, isBinary) => {
      frames.push({ from: 'node', bytes: bytesOf(data) })
      inner.send(data, { binary: isBinary })
    })
    inner.on('close', () => outer.close())
    outer.on('close', () => inner.close())
    for (const ws of [inner, outer]) ws.on('error', () => ws.terminate())
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
