import { type Client, createClient, type LiveStore } from '@tidemark/client'
import type { Text } from 'yjs'
import type { Dice } from '../../sim/world/Dice.js'
import { buyPieces, buyTicket, commands, notes, pages, schema, tickets } from '../schema.js'
import type { Effect, Entry, Ledger } from './Ledger.js'

const actions = {
  insert: 3,
  edit: 20,
  editSoon: 5,
  batch: 6,
  upsert: 2,
  insertAndRemove: 2,
  miss: 1,
  offerTicket: 1,
  buyLastTicket: 6,
  buyPieces: 4,
  type: 20,
  draw: 4,
} as const

/** Writes go to the newest notes, so that writers meet. */
const hotNotes = 20

/** One user with one client, who writes small things of every kind. */
export class Writer {
  client: Client
  #isReloading = false
  #count = 0
  #ends: (() => void)[] = []
  readonly #textById = new Map<string, LiveStore<{ readonly text: Text | undefined }>>()

  constructor(
    readonly userId: string,
    private readonly address: { readonly url: string; readonly workspace: string },
    private readonly storage: 'memory' | 'indexeddb',
    private readonly dice: Dice,
    private readonly ledger: Ledger,
  ) {
    this.client = this.#open()
  }

  get isOnline(): boolean {
    return this.client.status.getSnapshot().connection === 'online'
  }

  /** One thing that this user does. */
  act(): void {
    if (!this.#isReloading) this[this.dice.weighted(actions)]()
  }

  /** The page is closed in the middle of its work, and opened again on the same storage. */
  async reload(): Promise<void> {
    this.#isReloading = true
    this.ledger.forsake(this.userId)
    await this.close()
    this.client = this.#open()
    this.#isReloading = false
  }

  /** At once, instead of when back-off says. */
  reconnect(): void {
    if (this.isOnline) return
    this.client.disconnect()
    this.client.connect()
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) end()
    this.#textById.clear()
    await this.client.close()
  }

  insert(): void {
    const id = this.#name('n')
    const token = this.#token()
    const receipt = this.client.insert(notes, { id, title: token, tokens: [token], text: '' })
    this.#wrote(token, [{ kind: 'insert', id }], receipt)
    void receipt.outcome.then(({ status }) => {
      if (status === 'accepted') this.ledger.noteIds.push(id)
    })
  }

  edit(): void {
    const id = this.#hotNote()
    if (id !== undefined) this.#edit(id)
  }

  /** On each other's heels: they may become one mutation. Some are taken back. */
  editSoon(): void {
    const id = this.#hotNote()
    if (id === undefined) return
    for (let n = this.dice.int(2, 5); n > 0; n--) {
      const { receipt, entry } = this.#edit(id)
      if (!this.dice.chance(0.2)) continue
      entry.isTakenBack = true
      void receipt.cancel()
    }
  }

  batch(): void {
    const [a, b] = [this.#hotNote(), this.#hotNote()]
    if (a === undefined || b === undefined || a === b) return
    const id = this.#name('b')
    const token = this.#token()
    const [votesA, votesB] = [this.dice.int(1, 9), this.dice.int(1, 9)]
    const receipt = this.client.batch(tx => {
      tx.update(notes, a, { votes: { increment: votesA }, tokens: { add: [token] } })
      tx.insert(notes, { id, title: token, tokens: [token] })
      tx.update(notes, b, { votes: { increment: votesB }, tokens: { add: [token] } })
    })
    const effects: Effect[] = [
      { kind: 'edit', id: a, votes: votesA },
      { kind: 'insert', id },
      { kind: 'edit', id: b, votes: votesB },
    ]
    this.#wrote(token, effects, receipt)
  }

  upsert(): void {
    const id = this.#name('u')
    const token = this.#token()
    this.#wrote(token, [{ kind: 'insert', id }], this.client.upsert(notes, id, { title: token, tokens: [token] }))
  }

  insertAndRemove(): void {
    const id = this.#name('r')
    this.client.insert(notes, { id, title: id })
    // The id is its token: nobody else writes there.
    this.#wrote(id, [{ kind: 'remove', id }], this.client.remove(notes, id))
  }

  /** Of a note that never was: it is refused, and kept. */
  miss(): void {
    const id = this.#name('missing')
    const token = this.#token()
    this.#wrote(token, [{ kind: 'edit', id, votes: 0 }], this.client.update(notes, id, { tokens: { add: [token] } }))
  }

  offerTicket(): void {
    const id = this.#name('t')
    const { outcome } = this.client.insert(tickets, { id, event: 'the last one' })
    void outcome.then(({ status }) => {
      if (status === 'accepted') this.ledger.ticketIds.push(id)
    })
  }

  /** The one that all others want too. */
  buyLastTicket(): void {
    const ticket = this.ledger.ticketIds.at(-1)
    if (ticket === undefined) return
    const token = this.#token()
    this.#wrote(token, [{ kind: 'ticket', ticket }], this.client.run(buyTicket, { ticket, token }))
  }

  buyPieces(): void {
    const token = this.#token()
    const pieces = this.dice.int(1, 5)
    const receipt = this.client.run(buyPieces, { stock: 'beer', pieces, token })
    this.#wrote(token, [{ kind: 'pieces', stock: 'beer', pieces }], receipt)
  }

  type(): void {
    const id = this.#hotNote()
    const text = id === undefined ? undefined : this.#text(id).getSnapshot().text
    if (id === undefined || text === undefined) return
    const token = this.#token()
    // Between tokens, never inside of one.
    const places = [0, ...[...text.toString().matchAll(/\)/g)].map(({ index }) => index + 1)]
    text.insert(this.dice.pick(places), `(${token})`)
    this.ledger.typed.push({ token, userId: this.userId, id })
  }

  draw(): void {
    const { doc } = this.client.doc(pages, 'board').getSnapshot()
    doc?.getMap('shapes').set(`k${this.dice.int(0, 9)}`, this.#token())
  }

  #edit(id: string) {
    const token = this.#token()
    const votes = this.dice.int(1, 9)
    const title = this.dice.chance(0.5) ? { title: token } : {}
    const receipt = this.client.update(notes, id, { ...title, votes: { increment: votes }, tokens: { add: [token] } })
    return { receipt, entry: this.#wrote(token, [{ kind: 'edit', id, votes }], receipt) }
  }

  #wrote(token: string, effects: readonly Effect[], receipt: Parameters<Ledger['add']>[3]): Entry {
    return this.ledger.add(this.userId, token, effects, receipt)
  }

  #hotNote(): string | undefined {
    const ids = this.ledger.noteIds.slice(-hotNotes)
    return ids.length === 0 ? undefined : this.dice.pick(ids)
  }

  #text(id: string): LiveStore<{ readonly text: Text | undefined }> {
    const known = this.#textById.get(id)
    if (known !== undefined) return known
    const store = this.client.text(notes, id, 'text')
    this.#textById.set(id, store)
    this.#ends.push(store.subscribe(() => undefined))
    return store
  }

  #open(): Client {
    const { address, storage, userId } = this
    const client = createClient({ schema, commands, ...address, userId, auth: () => userId, storage })
    const stores = [
      client.liveList(notes, {}),
      client.liveList(tickets, {}),
      client.liveList(notes, { orderBy: '-rank', limit: 10 }),
      client.doc(pages, 'board'),
    ]
    this.#ends.push(...stores.map(store => store.subscribe(() => undefined)))
    return client
  }

  #name(prefix: string): string {
    return `${prefix}-${this.userId}-${++this.#count}`
  }

  #token(): string {
    return `${this.userId}.${(++this.#count).toString(36)}`
  }
}
