import { sameBody } from '@tidemark/core'
import * as Y from 'yjs'
import type { Mount, SimTab } from '../device/SimTab.js'
import type { History } from '../node/History.js'
import { canRead, type Rights } from '../workload/Rights.js'
import type { Tokens } from '../workload/Tokens.js'
import { Violation } from '../world/Violation.js'
import { Expectation } from './Expectation.js'
import { differenceOf } from './ReplicaCheck.js'

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

/** How far a text that a tab shows has come, by client id, and the head when it was shown first. */
interface ShownBody {
  readonly clocks: ReadonlyMap<number, number>
  readonly since: number
}

/** Holds what a tab shows against the history. */
export class TabCheck {
  readonly #expectation: Expectation
  readonly #shownBodies = new WeakMap<SimTab, Map<string, ShownBody>>()

  constructor(
    private readonly history: History,
    private readonly rights: Rights,
    private readonly tokens: Tokens,
  ) {
    this.#expectation = new Expectation(history)
  }

  /** At any moment: everything shown was written there by somebody. [G2] */
  checkShown(tab: SimTab): void {
    for (const mount of tab.mounts) {
      if (mount.kind === 'list')
        for (const row of mount.store.getSnapshot().data) this.#mustBeWritten(mount.collection, row)
      if (mount.kind === 'record') {
        const row = mount.store.getSnapshot().data
        if (row !== undefined) this.#mustBeWritten(mount.collection, row)
      }
      if (mount.kind === 'text') {
        const { text } = mount.store.getSnapshot()
        if (text === undefined) continue
        this.tokens.mustFit(mount.collection, mount.id, 'text', text.toString())
        this.#mustNotBeOlder(tab, mount.id, text)
      }
    }
  }

  /** What was committed and shown once in a living page is never missing from it again, while it may be read. [G5] */
  #mustNotBeOlder(tab: SimTab, id: string, { doc }: Y.Text): void {
    const committed = this.history.bodies.doc(`notes/${id}`)
    if (doc === null || committed === undefined) return
    const bodies = this.#shownBodies.get(tab) ?? new Map<string, ShownBody>()
    this.#shownBodies.set(tab, bodies)
    const before = bodies.get(id)
    const [now, there] = [clocksOf(doc), clocksOf(committed)]
    const lost = [...(before?.clocks ?? [])].find(([client, clock]) => {
      return (now.get(client) ?? 0) < Math.min(clock, there.get(client) ?? 0)
    })
    const wasReadable = lost === undefined || this.#isReadableSince(tab, id, before?.since ?? 0)
    if (lost !== undefined && wasReadable) {
      const [client, clock] = lost
      const message = `shows an older notes/${id}: up to ${now.get(client) ?? 0} of ${client}, after ${clock}`
      throw new Violation('G5', `${tab.device.name} ${message}`)
    }
    bodies.set(id, { clocks: now, since: wasReadable && before ? before.since : this.history.head })
  }

  #isReadableSince({ device }: SimTab, id: string, since: number): boolean {
    for (let seq = since; seq <= this.history.head; seq++) {
      const row = this.history.rowAt('notes', id, seq)
      const memberships = this.rights.possibleAt(device.userId, seq)
      if (row === null || !memberships.every(membership => canRead(device.userId, membership, 'notes', row)))
        return false
    }
    return true
  }

  /** What a tab says to be live and complete equals the fresh answer at its position, if nothing of its own is under way. [G14] [G5] */
  checkAt(tab: SimTab, seq: number): void {
    const status = tab.client.status.getSnapshot()
    for (const mount of tab.mounts) this.#mustBeReadable(tab, mount, seq)
    if (status.connection !== 'online' || tab.client.outbox.getSnapshot().items.length > 0) return
    for (const mount of tab.mounts) this.#checkMount(tab, mount, seq)
  }

  /** At the end: everything is current and equal. [L1] */
  checkConverged(tab: SimTab): void {
    const where = tab.device.name
    const status = tab.client.status.getSnapshot()
    if (status.connection !== 'online') throw new Violation('L1', `${where} is ${status.connection}`)
    const { items } = tab.client.outbox.getSnapshot()
    if (items.length > 0)
      throw new Violation(
        'L1',
        `${where} still has ${items.length} writes in its outbox, the first ${items[0]?.state}, ${tab.isLeading ? 'leading' : 'following'}`,
      )
    for (const mount of tab.mounts) {
      if (!isCurrent(mount)) throw new Violation('L1', `${where} does not get ${nameOf(mount)}: ${describe(mount)}`)
      this.#checkMount(tab, mount, this.history.head)
      if (mount.kind === 'text' || mount.kind === 'doc') this.#checkBody(tab, mount)
    }
  }

  #checkMount(tab: SimTab, mount: Mount, seq: number): void {
    const { userId } = tab.device
    const memberships = this.rights.possibleAt(userId, seq)
    const where = `${tab.device.name} shows ${nameOf(mount)} at ${seq}`
    if (mount.kind === 'list') {
      const list = mount.store.getSnapshot()
      if (list.status !== 'complete' || list.freshness !== 'live' || list.loadingMore) return
      // `loadMore` has made the list longer than it was asked for.
      const limit = mount.query.limit === undefined ? undefined : Math.max(mount.query.limit, list.data.length)
      const query = limit === undefined ? mount.query : { ...mount.query, limit }
      const faults = memberships.map(membership =>
        rowsDiffer(this.#expectation.list(userId, membership, mount.collection, query, seq), list.data),
      )
      if (!faults.includes(null)) throw new Violation('G14', `${where}: ${faults[0]}`)
    }
    if (mount.kind === 'record') {
      const record = mount.store.getSnapshot()
      if (record.freshness !== 'live' || (record.status !== 'ready' && record.status !== 'missing')) return
      const isReadable = memberships.map(
        membership => this.#expectation.list(userId, membership, mount.collection, { where: { id: mount.id } }, seq)[0],
      )
      const faults = isReadable.map(expected => {
        if (expected === undefined) return record.data === undefined ? null : 'it is not there'
        return record.data === undefined ? 'it is there' : differenceOf(expected as never, record.data)
      })
      if (!faults.includes(null)) throw new Violation('G5', `${where}: ${faults[0]}`)
    }
    if (mount.kind === 'count') {
      const count = mount.store.getSnapshot()
      if (count.freshness !== 'live' || count.data === undefined || count.status !== 'complete') return
      const counts = memberships.map(membership =>
        this.#expectation.count(userId, membership, mount.collection, mount.where, seq),
      )
      if (!counts.includes(count.data))
        throw new Violation('G14', `${where}: counts ${count.data}, there are ${counts}`)
    }
  }

  #checkBody(tab: SimTab, mount: Extract<Mount, { kind: 'text' | 'doc' }>): void {
    const { userId } = tab.device
    const { collection, id } = mount
    const name = `${collection}/${id}`
    const { head } = this.history
    const row = this.history.rowAt(collection, id, head)
    const isThere = row !== null && canRead(userId, this.rights.now(userId), collection, row)
    const shown = mount.store.getSnapshot()
    // What is not there of an open collection can be begun; what is hidden looks the same.
    const mustShow = isThere || mount.kind === 'doc'
    if (isThere && shown.status !== 'ready')
      throw new Violation('L1', `${tab.device.name} says ${shown.status} of ${name}`)
    if (!mustShow && shown.status !== 'missing')
      throw new Violation('G2', `${tab.device.name} says ${shown.status} of ${name}: ${textOf(mount)}`)
    const doc = mount.kind === 'text' ? mount.store.getSnapshot().text?.doc : mount.store.getSnapshot().doc
    if (!isThere || !doc) return
    const there = this.history.bodies.state(name) ?? Y.encodeStateAsUpdate(new Y.Doc())
    if (!sameBody(Y.encodeStateAsUpdate(doc), there)) {
      const [here, stored] = [doc, this.history.bodies.doc(name)].map(each => each?.getText('text').toString())
      throw new Violation(
        'L1',
        `${tab.device.name} has another body of ${name}: ${here?.slice(0, 80)} and not ${stored?.slice(0, 80)}`,
      )
    }
  }

  /** What a live view shows of a record that is there may be read, edited here or not. [G2] */
  #mustBeReadable(tab: SimTab, mount: Mount, seq: number): void {
    if (mount.kind !== 'list' && mount.kind !== 'record') return
    const shown = mount.store.getSnapshot()
    if (shown.freshness !== 'live' || shown.data === undefined) return
    const { userId, name } = tab.device
    for (const row of [shown.data].flat() as readonly Row[]) {
      const stored = this.history.rowAt(mount.collection, row.id, seq)
      // An own row is shown until its insert is answered, also under an id that is taken.
      const isCommitted = this.history
        .versionsOf(mount.collection, row.id)
        .some(({ values }) => values?.title === row.title)
      const isOwn = row.$pending === true && row.$createdBy === userId
      if (stored === null || !isCommitted || isOwn) continue
      const isReadable = this.rights
        .possibleAt(userId, seq)
        .some(membership => canRead(userId, membership, mount.collection, stored))
      if (!isReadable)
        throw new Violation('G2', `${name} shows ${nameOf(mount)} with ${row.id}, not readable at ${seq}`)
    }
  }

  #mustBeWritten(collection: string, row: Row): void {
    for (const [field, value] of Object.entries(row)) {
      if (collection === 'notes' && typeof value === 'string') this.tokens.mustFit(collection, row.id, field, value)
    }
  }
}

const clocksOf = (doc: Y.Doc): Map<number, number> => Y.decodeStateVector(Y.encodeStateVector(doc))

/** Whether the mount knows all that there is to know. */
export function isCurrent(mount: Mount): boolean {
  switch (mount.kind) {
    case 'list':
    case 'count': {
      const { status, freshness } = mount.store.getSnapshot()
      return status === 'complete' && freshness === 'live'
    }
    case 'record': {
      const { status, freshness } = mount.store.getSnapshot()
      return (status === 'ready' || status === 'missing') && freshness === 'live'
    }
    case 'text':
    case 'doc': {
      const { status } = mount.store.getSnapshot()
      return status === 'ready' || status === 'missing'
    }
  }
}

function rowsDiffer(expected: readonly Row[], shown: readonly Row[]): string | null {
  const ids = (rows: readonly Row[]) => rows.map(({ id }) => id).join(' ')
  if (ids(expected) !== ids(shown)) return `[${ids(shown)}], not [${ids(expected)}]`
  for (const [index, row] of expected.entries()) {
    const fault = differenceOf(row as never, shown[index] as Row)
    if (fault !== null) return `${row.id}: ${fault}`
  }
  return null
}

function nameOf(mount: Mount): string {
  if (mount.kind === 'list') return `the list ${mount.collection} ${JSON.stringify(mount.query)}`
  if (mount.kind === 'count') return `the count ${mount.collection} ${JSON.stringify(mount.where)}`
  return `the ${mount.kind} ${mount.collection}/${mount.id}`
}

const textOf = (mount: Mount): string => (mount.kind === 'text' ? String(mount.store.getSnapshot().text) : '')

function describe(mount: Mount): string {
  const { data: _, ...rest } = mount.store.getSnapshot() as { data?: unknown; status: string; freshness?: string }
  return `${rest.status} ${rest.freshness ?? ''}`
}
