import type { AnyReceipt } from '../check/Receipts.js'
import type { Mount, SimTab } from '../device/SimTab.js'
import type { World } from '../World.js'
import { workspace } from '../World.js'
import type { Dice } from '../world/Dice.js'
import { buyAnySeat, buySeat, buyStock } from './commands.js'
import { seats, stocks, teams } from './schema.js'
import { countShapes, listShapes } from './shapes.js'

const statuses = ['todo', 'doing', 'done'] as const
const labels = ['l1', 'l2', 'l3'] as const
const seatCount = 12

const actions = {
  showList: 5,
  showRecord: 3,
  showCount: 2,
  showText: 4,
  showDoc: 2,
  hide: 4,
  loadMore: 2,
  insert: 8,
  edit: 14,
  editSoon: 4,
  increment: 8,
  label: 6,
  move: 4,
  upsert: 2,
  remove: 1,
  batch: 3,
  buy: 6,
  rush: 2,
  type: 14,
  erase: 3,
  draw: 3,
  cancel: 3,
  retry: 2,
  acknowledge: 1,
  large: 1,
}

/** What people do: everything that a client can, at random, on records that all of them share. */
export class Workload {
  readonly noteIds: string[] = []
  readonly pageIds = ['p1', 'p2']
  readonly #recent: { readonly tab: SimTab; readonly receipt: AnyReceipt }[] = []
  #inserted = 0
  /** Most writes go to this one, while there is one. */
  hotNote: string | null = null

  constructor(
    private readonly world: World,
    private readonly dice: Dice,
  ) {}

  /** What the app itself puts there at the beginning. */
  async seed(): Promise<void> {
    const server = this.world.serverCode(workspace)
    if (server === null) return
    for (let n = 1; n <= seatCount; n++) await server.insert(seats, { id: `s${n}`, event: n <= 8 ? 'e1' : 'e2' })
    await server.insert(stocks, { id: 'k1', name: 'beer' })
    if (this.world.nodes.isCluster) await this.world.books.open(book => this.world.serverCode(book))
  }

  /** One thing that somebody does. */
  act(): void {
    const { world, dice } = this
    const tabs = world.tabs.filter(tab => tab.isAlive && !tab.process.isPaused)
    if (tabs.length === 0) return
    const tab = dice.pick(tabs)
    const action = dice.weighted(actions)
    world.trace.add(`${tab.device.name} ${action}`)
    try {
      this[action](tab)
    } catch (error) {
      if (!isRefusedCall(error)) throw error
      world.tally.count(`refused at the call: ${error.code}`)
    }
  }

  /** Somebody opens a page: the usual lists. */
  furnish(tab: SimTab): void {
    this.showList(tab)
    this.showList(tab)
    if (this.dice.chance(0.7)) this.showText(tab)
  }

  showList(tab: SimTab): void {
    if (tab.mounts.length > 12) return
    const { collection, query } = this.dice.pick(listShapes(tab.device.userId))
    this.world.queries.add(tab, collection, query)
    tab.showList(collection, query)
  }

  showRecord(tab: SimTab): void {
    if (tab.mounts.length <= 12) tab.showRecord('notes', this.#anyNote())
  }

  showCount(tab: SimTab): void {
    const { collection, where } = this.dice.pick(countShapes)
    this.world.queries.addCount(tab, collection, where)
    tab.showCount(collection, where)
  }

  showText(tab: SimTab): void {
    if (tab.mounts.length <= 12) tab.showText('notes', this.#anyNote())
  }

  /** Somebody leaves a text that others write in, for long enough that it is let go of, and comes back to it. */
  lookAgain(tab: SimTab, later: (ms: number, fn: () => void) => void): void {
    const { world, dice } = this
    const shown = textsOf(tab).filter(({ store }) => store.getSnapshot().text !== undefined)
    if (shown.length === 0) return
    const { id } = dice.pick(shown)
    const others = world.tabs.filter(other => other.device !== tab.device)
    for (const other of others) other.showText('notes', id)
    for (let n = dice.int(2, 6); n > 0; n--) later(dice.int(300, 3_000), () => this.#typeIn(dice.pick(others), id))
    later(4_000, () => {
      for (const mount of textsOf(tab)) if (mount.id === id) tab.hide(mount)
    })
    later(dice.int(10_500, 13_000), () => {
      if (tab.isAlive) tab.showText('notes', id)
    })
  }

  showDoc(tab: SimTab): void {
    if (tab.mounts.length <= 12) tab.showDoc('pages', this.dice.pick(this.pageIds))
  }

  hide(tab: SimTab): void {
    const [mount] = tab.mounts.length > 3 ? [this.dice.pick(tab.mounts)] : []
    if (mount !== undefined) tab.hide(mount)
  }

  loadMore(tab: SimTab): void {
    const lists = tab.mounts.filter(mount => mount.kind === 'list')
    if (lists.length === 0) return
    const mount = this.dice.pick(lists)
    const list = mount.store.getSnapshot()
    if (list.hasMore) list.loadMore(2)
  }

  insert(tab: SimTab): void {
    const id = `n${this.#inserted++}`
    const { dice } = this
    this.noteIds.push(id)
    const row = {
      id,
      title: this.#token(id, 'title'),
      team: this.#teamOf(tab),
      rank: dice.int(0, 99),
      ...(dice.chance(0.3) ? { owner: tab.device.userId } : {}),
      ...(dice.chance(0.4) ? { text: this.#token(id, 'text') } : {}),
      ...(dice.chance(0.3) ? { labels: [dice.pick(labels)] } : {}),
    }
    this.#wrote(tab, tab.insert('notes', row))
  }

  edit(tab: SimTab): void {
    const id = this.#anyNote()
    const { dice } = this
    const patch = dice.pick([
      () => ({ title: this.#token(id, 'title') }),
      () => ({ rank: dice.int(0, 99) }),
      () => ({ status: dice.pick(statuses) }),
      () => ({ title: this.#token(id, 'title'), status: dice.pick(statuses), rank: dice.int(0, 99) }),
    ])()
    this.#edited(tab, tab.update('notes', id, patch))
  }

  /** Several edits of one record on each other's heels: they may become one mutation. */
  editSoon(tab: SimTab): void {
    const id = this.#anyNote()
    for (let n = this.dice.int(2, 4); n > 0; n--) {
      const patch = this.dice.chance(0.5) ? { votes: { increment: n } } : { title: this.#token(id, 'title') }
      this.#edited(tab, tab.update('notes', id, patch))
    }
  }

  increment(tab: SimTab): void {
    this.#edited(tab, tab.update('notes', this.#anyNote(), { votes: { increment: this.dice.int(1, 5) } }))
  }

  label(tab: SimTab): void {
    const label = this.dice.pick(labels)
    const labelsPatch = this.dice.chance(0.6) ? { add: [label] } : { remove: [label] }
    this.#edited(tab, tab.update('notes', this.#anyNote(), { labels: labelsPatch }))
  }

  move(tab: SimTab): void {
    const patch = this.dice.chance(0.7) ? { team: this.dice.pick(teams) } : { owner: this.#anyUser() }
    this.#edited(tab, tab.update('notes', this.#anyNote(), patch))
  }

  upsert(tab: SimTab): void {
    const isNew = this.dice.chance(0.4)
    const id = isNew ? `n${this.#inserted++}` : this.#anyNote()
    if (isNew) this.noteIds.push(id)
    this.#wrote(
      tab,
      tab.upsert('notes', id, { title: this.#token(id, 'title'), team: this.#teamOf(tab), rank: this.dice.int(0, 99) }),
    )
  }

  remove(tab: SimTab): void {
    this.#wrote(tab, tab.remove('notes', this.#anyNote()))
  }

  batch(tab: SimTab): void {
    const [a, b] = [this.#anyNote(), this.#anyNote()]
    const created = `n${this.#inserted++}`
    this.noteIds.push(created)
    const receipt = tab.batch(tx => {
      tx.update('notes', a, { title: this.#token(a, 'title'), votes: { increment: 1 } })
      tx.insert('notes', { id: created, title: this.#token(created, 'title'), team: this.#teamOf(tab) })
      tx.update('notes', b, { rank: this.dice.int(0, 99) })
    })
    this.#wrote(tab, receipt)
  }

  buy(tab: SimTab): void {
    const { client } = tab
    const seat = `s${this.dice.int(1, seatCount)}`
    const token = this.world.tokens.make('sales', '*', 'token')
    const receipt = this.dice.pick([
      () => client.run(buySeat, { seat, token }),
      () => client.run(buyStock, { stock: 'k1', pieces: this.dice.int(1, 3), token }),
    ])()
    this.#asked(tab, token, receipt)
  }

  /** Two seats on each other's heels: the node decides on the second before the first is stored. */
  rush(tab: SimTab): void {
    const event = this.dice.pick(['e1', 'e2'])
    for (let n = 0; n < 2; n++) {
      const token = this.world.tokens.make('sales', '*', 'token')
      this.#asked(tab, token, tab.client.run(buyAnySeat, { event, token }))
    }
  }

  type(tab: SimTab): void {
    this.#typeIn(tab)
  }

  #typeIn(tab: SimTab | undefined, id?: string): void {
    const mount = tab?.isAlive ? this.#text(tab, id) : undefined
    const text = mount?.store.getSnapshot().text
    if (mount === undefined || text === undefined) return
    const places = [0, ...[...text.toString().matchAll(/~(?=~|$)/g)].map(({ index }) => index + 1)]
    text.insert(this.dice.pick(places), this.#token(mount.id, 'text'))
  }

  erase(tab: SimTab): void {
    const text = this.#text(tab)?.store.getSnapshot().text
    const token = text === undefined ? undefined : [...text.toString().matchAll(/~[0-9a-z]+~/g)][0]
    if (text !== undefined && token !== undefined) text.delete(token.index, token[0].length)
  }

  draw(tab: SimTab): void {
    const mount = tab.mounts.find(each => each.kind === 'doc')
    const doc = mount?.kind === 'doc' ? mount.store.getSnapshot().doc : undefined
    if (mount?.kind !== 'doc' || doc === undefined) return
    doc.getMap('shapes').set(`k${this.dice.int(0, 5)}`, this.world.tokens.make('pages', mount.id, 'doc'))
  }

  cancel(tab: SimTab): void {
    const own = this.#recent.filter(entry => entry.tab === tab)
    if (own.length > 0) void this.dice.pick(own.slice(-3)).receipt.cancel()
  }

  retry(tab: SimTab): void {
    const inbox = tab.client.rejections.getSnapshot()
    // A purchase is not made again by itself: who was told UNKNOWN may have it already.
    const items = inbox.items.filter(item => item.kind === 'write' && !('text' in item))
    if (items.length > 0) this.#edited(tab, inbox.retry(this.dice.pick(items).writeId))
  }

  acknowledge(tab: SimTab): void {
    const inbox = tab.client.rejections.getSnapshot()
    if (inbox.items.length > 0) inbox.acknowledge(this.dice.pick(inbox.items).writeId)
  }

  /** More than fits into a frame with anything else: it goes in parts. */
  large(tab: SimTab): void {
    const id = `n${this.#inserted++}`
    this.noteIds.push(id)
    const title = `${this.#token(id, 'title')}${'x'.repeat(this.dice.int(3_000, 12_000))}`
    this.#wrote(tab, tab.insert('notes', { id, title, team: this.#teamOf(tab) }))
  }

  #asked(tab: SimTab, token: string, receipt: AnyReceipt): void {
    this.world.sales.asked(tab.device.userId, token, receipt)
    this.#wrote(tab, receipt)
  }

  #edited(tab: SimTab, receipt: AnyReceipt): void {
    this.#wrote(tab, receipt, true)
  }

  #wrote(tab: SimTab, receipt: AnyReceipt, isEdit = false): void {
    this.#recent.push({ tab, receipt })
    if (this.#recent.length > 50) this.#recent.shift()
    this.world.receipts.watch(tab, receipt, isEdit)
  }

  #text(tab: SimTab, id?: string): TextMount | undefined {
    const texts = textsOf(tab).filter(mount => id === undefined || mount.id === id)
    return texts.length === 0 ? undefined : this.dice.pick(texts)
  }

  #anyNote(): string {
    if (this.hotNote !== null && this.dice.chance(0.8)) return this.hotNote
    return this.noteIds.length === 0 ? 'n0' : this.dice.pick(this.noteIds.slice(-25))
  }

  #anyUser(): string {
    return this.dice.pick(this.world.rights.userIds)
  }

  #teamOf(tab: SimTab): string {
    const own = this.world.rights.now(tab.device.userId).teams
    return this.dice.chance(0.9) && own.length > 0 ? this.dice.pick(own) : this.dice.pick(teams)
  }

  #token(id: string, field: string): string {
    return this.world.tokens.make('notes', id, field)
  }
}

type TextMount = Extract<Mount, { kind: 'text' }>

const textsOf = (tab: SimTab): TextMount[] => tab.mounts.filter(mount => mount.kind === 'text')

function isRefusedCall(error: unknown): error is { readonly code: string } {
  const code = (error as { readonly code?: string }).code
  return code === 'OUTBOX_FULL' || code === 'NOT_FOUND' || code === 'EXISTS' || code === 'UNREAD'
}
