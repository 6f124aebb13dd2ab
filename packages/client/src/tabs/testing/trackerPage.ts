import type { Client } from '../../Client.js'
import { createClient } from '../../createClient.js'
import { schema, tasks } from '../../testing/tracker.js'

/** What a test in Node can ask of a page that runs a client. */
export interface TrackerPage {
  start(options: { readonly url: string; readonly workspace: string; readonly userId: string }): void
  status(): { readonly connection: string; readonly leader: boolean; readonly pending: number }
  /** Titles as shown, sorted. */
  titles(): readonly string[]
  untilTitles(titles: readonly string[]): Promise<void>
  untilStatus(status: Partial<ReturnType<Client['status']['getSnapshot']>>): Promise<void>
  listStatus(): string
  /** Resolves with the id when it is saved. */
  insert(title: string): Promise<string>
  retitle(id: string, title: string): Promise<void>
  /** Votes without an end, one after the other, and calls `voted` with how many are saved. */
  voteForEver(id: string): void
  /** Ends it, and answers how often it voted when all of that is decided. */
  endVoting(): Promise<number>
  votes(id: string): number
  type(id: string, at: number, words: string): Promise<void>
  text(id: string): string | undefined
  untilText(id: string, words: string): Promise<void>
  settled(): Promise<void>
  signOut(unsent: 'keep' | 'discard'): Promise<void>
}

declare global {
  var tracker: TrackerPage
  var voted: ((count: number) => void) | undefined
}

let client: Client
let isVoting = false
let voting: Promise<number> = Promise.resolve(0)

const list = () => client.liveList(tasks, { orderBy: 'title' })
const row = (id: string) =>
  list()
    .getSnapshot()
    .data.find(row => row.id === id)

/** Resolves as soon as it holds, now or at a change of the store. */
function until(store: { subscribe(listener: () => void): () => void }, holds: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      if (!holds()) return
      unsubscribe()
      resolve()
    }
    const unsubscribe = store.subscribe(look)
    queueMicrotask(look)
  })
}

async function vote(id: string): Promise<number> {
  const outcomes: Promise<unknown>[] = []
  while (isVoting) {
    const receipt = client.update(tasks, id, { votes: { increment: 1 } })
    outcomes.push(receipt.outcome)
    await receipt.saved
    globalThis.voted?.(outcomes.length)
  }
  await Promise.all(outcomes)
  return outcomes.length
}

globalThis.tracker = {
  start: options => {
    client = createClient({ schema, ...options })
    list().subscribe(() => undefined)
    client.status.subscribe(() => undefined)
  },
  status: () => client.status.getSnapshot(),
  titles: () =>
    list()
      .getSnapshot()
      .data.map(row => row.title),
  untilTitles: titles => until(list(), () => JSON.stringify(globalThis.tracker.titles()) === JSON.stringify(titles)),
  untilStatus: wanted =>
    until(client.status, () => {
      const status = client.status.getSnapshot()
      return Object.entries(wanted).every(([name, value]) => status[name as keyof typeof status] === value)
    }),
  listStatus: () => list().getSnapshot().status,
  insert: async title => {
    const receipt = client.insert(tasks, { title })
    await receipt.saved
    return receipt.id
  },
  retitle: (id, title) => client.update(tasks, id, { title }).saved,
  voteForEver: id => {
    isVoting = true
    voting = vote(id)
  },
  endVoting: () => {
    isVoting = false
    return voting
  },
  votes: id => row(id)?.votes ?? 0,
  type: async (id, at, words) => {
    const store = client.text(tasks, id, 'notes')
    await until(store, () => store.getSnapshot().status === 'ready')
    store.subscribe(() => undefined)
    store.getSnapshot().text?.insert(at, words)
    // The update of this tick is on its way to the storage; a write behind it is saved after it.
    await Promise.resolve()
    await client.update(tasks, id, { votes: { increment: 0 } }).saved
  },
  text: id => client.text(tasks, id, 'notes').getSnapshot().text?.toString(),
  untilText: (id, words) =>
    new Promise(resolve => {
      const store = client.text(tasks, id, 'notes')
      let shown: object | undefined
      const look = () => {
        const { text } = store.getSnapshot()
        if (text !== shown) text?.observe(look)
        shown = text
        if (text?.toString() === words) resolve()
      }
      store.subscribe(look)
      look()
    }),
  settled: () => client.settled(),
  signOut: unsent => client.signOut({ unsent }),
}
