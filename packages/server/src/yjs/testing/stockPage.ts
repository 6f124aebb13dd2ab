import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

/** A page with a stock provider in it; the test drives it by these. */
export interface StockPage {
  open(url: string, room: string, user: string): void
  write(text: string): void
  read(): string
  names(): string[]
  isSynced(): boolean
}

const doc = new Y.Doc()
let provider: WebsocketProvider | null = null

const page: StockPage = {
  open(url, room, user) {
    // Tabs of one browser would tell each other what the node should.
    provider = new WebsocketProvider(url, room, doc, { params: { user }, disableBc: true, maxBackoffTime: 100 })
    provider.awareness.setLocalState({ name: user })
  },
  write: text => doc.getText('notes').insert(0, text),
  read: () => doc.getText('notes').toString(),
  names: () => [...(provider?.awareness.getStates().values() ?? [])].map(({ name }) => name).sort(),
  isSynced: () => provider?.synced === true,
}

Object.assign(globalThis, { stockPage: page })
