import type { LiveStore } from '@tidemark/client'
import { type Doc, encodeStateAsUpdate } from 'yjs'
import { notes, pages, stocks, tickets } from '../schema.js'
import type { Writer } from './Writer.js'

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

/** What one client shows when it says that all is current. */
export interface ReplicaReading {
  readonly userId: string
  /** By collection and id. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>
  /** By `collection/id`. */
  readonly bodies: ReadonlyMap<string, Uint8Array>
  /** The inbox as text: each call's token is in it, also where several calls became one mutation. */
  readonly inbox: string
  readonly pending: number
}

/** `noteIds`: whose texts are looked at. */
export async function readReplica({ client, userId }: Writer, noteIds: Iterable<string>): Promise<ReplicaReading> {
  const rows = new Map<string, ReadonlyMap<string, Row>>()
  const keep = (name: string, list: readonly Row[]) => rows.set(name, new Map(list.map(row => [row.id, row])))
  keep('notes', await client.list(notes, {}, { until: 'server' }))
  keep('tickets', await client.list(tickets, {}, { until: 'server' }))
  keep('stocks', await client.list(stocks, {}, { until: 'server' }))

  const docs = new Map<string, Doc>()
  const ends: (() => void)[] = []
  const show = async <T extends Shown>(
    name: string,
    store: LiveStore<T>,
    docOf: (shown: T) => Doc | null | undefined,
  ) => {
    ends.push(store.subscribe(() => undefined))
    const doc = docOf(await ready(store))
    if (doc) docs.set(name, doc)
  }
  const texts = [...noteIds].map(id => show(`notes/${id}`, client.text(notes, id, 'text'), ({ text }) => text?.doc))
  await Promise.all([...texts, show('pages/board', client.doc(pages, 'board'), ({ doc }) => doc)])
  // What is shown at first may be what the storage had: it counts once all is current.
  await client.settled()
  const bodies = new Map([...docs].map(([name, doc]) => [name, encodeStateAsUpdate(doc)]))
  for (const end of ends) end()

  const { items } = client.rejections.getSnapshot()
  return {
    userId,
    rows,
    bodies,
    inbox: JSON.stringify(items),
    pending: client.status.getSnapshot().pending,
  }
}

type Shown = { readonly status: string }

/** What a store shows as soon as the body is there, or known not to be. */
function ready<T extends Shown>(store: LiveStore<T>): Promise<T> {
  return new Promise(resolve => {
    const look = (): void => {
      const shown = store.getSnapshot()
      if (shown.status !== 'ready' && shown.status !== 'missing') return
      queueMicrotask(() => end())
      resolve(shown)
    }
    const end = store.subscribe(look)
    look()
  })
}
