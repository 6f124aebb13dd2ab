import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type LiveStore } from '@tidemark/client'
import { collection, defineSchema, text } from '@tidemark/core'
import { createNode, sqlite } from '@tidemark/server'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { z } from 'zod'

const tasks = collection('tasks', { title: z.string(), notes: text() })
const schema = defineSchema({ version: 1, collections: [tasks] })

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function startNode(directory: string, port = 0) {
  const node = await createNode({
    schema,
    store: sqlite(directory),
    authenticate: ({ token }) => ({ userId: token ?? 'nobody' }),
    access: { workspace: () => 'write' },
  })
  const { url } = await node.listen({ port })
  ends.push(() => node.stop())
  return { url, port: Number(new URL(url).port), stop: () => node.stop() }
}

/** The app's own client. */
function openClient(url: string, userId: string) {
  const client = createClient({ schema, url, workspace: 'acme', userId, auth: () => userId })
  ends.push(() => client.close())
  return client
}

/** A stock provider on the same record. */
function openProvider(url: string, userId: string) {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/yjs/acme/tasks`, 't1', doc, {
    params: { token: userId },
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
    maxBackoffTime: 200,
  })
  ends.push(() => provider.destroy())
  return doc.getText('notes')
}

/** The first snapshot that is not null here; the store stays mounted until the test ends. */
function found<T, R>(store: LiveStore<T>, find: (snapshot: T) => R | null | undefined): Promise<R> {
  return new Promise(resolve => {
    const look = () => {
      const one = find(store.getSnapshot())
      if (one !== null && one !== undefined) resolve(one)
    }
    ends.push(store.subscribe(look))
    look()
  })
}

/** Resolves when the text holds each of these, and so many characters in all. */
function holds(text: Y.Text, ...parts: readonly string[]): Promise<void> {
  const isSo = () => parts.every(part => text.toString().includes(part)) && text.length === parts.join('').length
  return new Promise(resolve => {
    const look = () => {
      if (!isSo()) return
      text.unobserve(look)
      resolve()
    }
    text.observe(look)
    look()
  })
}

it('[L1, G1] stock providers and our clients have one text, over a restart of the node with edits on all sides', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'))
  ends.push(() => rmSync(directory, { recursive: true, force: true }))
  const first = await startNode(directory)
  const [alice, bob] = [openClient(first.url, 'alice'), openClient(first.url, 'bob')]
  expect(await alice.insert(tasks, { id: 't1', title: 'one', notes: '(start)' }).outcome).toMatchObject({
    status: 'accepted',
  })
  const alices = await found(alice.text(tasks, 't1', 'notes'), ({ status, text }) => (status === 'ready' ? text : null))
  const bobs = await found(bob.text(tasks, 't1', 'notes'), ({ status, text }) => (status === 'ready' ? text : null))
  const [carols, stock] = [openProvider(first.url, 'carol'), openProvider(first.url, 'bob')]
  const texts = [alices, bobs, carols, stock]
  await Promise.all(texts.map(text => holds(text, '(start)')))

  alices.insert(0, '(alice)')
  carols.insert(0, '(carol)')
  await Promise.all(texts.map(text => holds(text, '(start)', '(alice)', '(carol)')))

  await first.stop()
  for (const [index, text] of texts.entries()) text.insert(text.length, `(offline ${index})`)
  await startNode(directory, first.port)
  const all = ['(start)', '(alice)', '(carol)', ...texts.map((_, index) => `(offline ${index})`)]
  await Promise.all(texts.map(text => holds(text, ...all)))

  bobs.delete(bobs.toString().indexOf('(start)'), '(start)'.length)
  await Promise.all(texts.map(text => holds(text, ...all.slice(1))))
  await Promise.all([alice.settled(), bob.settled()])
  expect(new Set(texts.map(text => text.toString())).size).toBe(1)
  // Vectors and deletions: whoever comes new has the same.
  const fresh = openProvider(first.url, 'alice')
  await holds(fresh, ...all.slice(1))
  const stateOf = ({ doc }: Y.Text) => Y.snapshot(doc as Y.Doc)
  for (const text of texts) expect(Y.equalSnapshots(stateOf(text), stateOf(fresh))).toBe(true)
})
