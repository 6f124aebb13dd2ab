import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

/** A stock provider with its document, and ways to wait for what it sees. */
export class StockClient {
  readonly doc = new Y.Doc()
  readonly provider: WebsocketProvider
  readonly #closed: Promise<{ readonly code: number; readonly reason: string }>

  constructor(url: string, room: string, user: string, content?: Uint8Array) {
    if (content !== undefined) Y.applyUpdate(this.doc, content)
    this.provider = new WebsocketProvider(url.replace('http:', 'ws:'), room, this.doc, {
      params: { token: user },
      WebSocketPolyfill: WebSocket as never,
      disableBc: true,
      maxBackoffTime: 100,
    })
    this.#closed = new Promise(resolve => this.provider.on('closed' as never, resolve as never))
  }

  get text(): Y.Text {
    return this.doc.getText('notes')
  }

  async synced(): Promise<this> {
    if (!this.provider.synced) await new Promise(resolve => this.provider.once('sync', resolve))
    return this
  }

  /** Resolves when the text reads like this. */
  async reads(text: string): Promise<void> {
    await this.#updatedUntil(() => this.text.toString() === text)
  }

  async hasLength(length: number): Promise<void> {
    await this.#updatedUntil(() => this.text.length === length)
  }

  /** Resolves when exactly these names are shown, its own among them. */
  async shows(...names: string[]): Promise<void> {
    const { awareness } = this.provider
    await until(
      () =>
        [...awareness.getStates().values()]
          .map(({ name }) => name)
          .sort()
          .join() === names.sort().join(),
      changed => {
        awareness.on('change', changed)
        return () => awareness.off('change', changed)
      },
    )
  }

  /** Resolves when the node has closed the connection for good. */
  closedForGood(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#closed
  }

  /** Resolves when a connection is closed the next time. */
  closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return new Promise(resolve => this.provider.once('connection-close', resolve as never))
  }

  /** Resolves when the connection was lost. */
  async disconnected(): Promise<void> {
    const { provider } = this
    if (provider.wsconnected) await new Promise(resolve => provider.once('connection-close', resolve))
  }

  async #updatedUntil(isSo: () => boolean): Promise<void> {
    await until(isSo, changed => {
      this.doc.on('update', changed)
      return () => this.doc.off('update', changed)
    })
  }

  destroy(): void {
    this.provider.destroy()
    this.doc.destroy()
  }
}

async function until(isSo: () => boolean, watch: (changed: () => void) => () => void): Promise<void> {
  if (isSo()) return
  await new Promise<void>(resolve => {
    const stop = watch(() => {
      if (!isSo()) return
      stop()
      resolve()
    })
  })
}
