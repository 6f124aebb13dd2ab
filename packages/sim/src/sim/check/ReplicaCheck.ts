import type { StoredSubscription } from '@tidemark/client/testing'
import {
  type Bound,
  isWithin,
  type ListQuery,
  matches,
  queryRowOf,
  type RowValues,
  type Scalar,
  sortKeyOf,
} from '@tidemark/core'
import { applyUpdate, Doc, decodeStateVector, encodeStateVector, encodeStateVectorFromUpdate } from 'yjs'
import type { Device } from '../device/Device.js'
import { canRead, type Membership } from '../workload/Rights.js'
import { Violation } from '../world/Violation.js'
import type { Queries } from './Queries.js'
import type { Seen } from './WireSession.js'

/**
 * Holds what a device has stored against the history, right after each transaction that brought something: a cursor
 * means that everything relevant up to it is there and nothing else is. [G5] [G2] [G14]
 */
export class ReplicaCheck {
  readonly #cursors = new Map<Device, Map<string, { readonly cursor: number; readonly incarnation: string }>>()

  /** Bodies that were looked at as they are. */
  readonly #bodiesSeen = new Map<string, Uint8Array | undefined>()

  constructor(
    private readonly seen: Seen,
    private readonly queries: Queries,
    private readonly failed: (error: unknown) => void,
  ) {}

  stored(device: Device): void {
    try {
      this.#check(device)
    } catch (error) {
      this.failed(error)
    }
  }

  /** What the device kept is gone: its cursors begin anew. */
  forget(device: Device): void {
    this.#cursors.delete(device)
  }

  #check(device: Device): void {
    const { memory } = device
    const { meta } = memory
    if (meta === null) return
    const highest = new Map<string, number>()
    for (const subscription of memory.subscriptions.values()) {
      // Void, or known to be unsure: the node will be told what is held.
      if (subscription.viewHash === '' || subscription.viewHash === '?') continue
      const cursor = subscription.liveIn === meta.live.serial ? meta.live.cursor : subscription.cursor
      this.#checkCursor(device, subscription.key, cursor, meta.incarnation)
      for (const name of memory.keysByView.get(subscription.key) ?? [])
        highest.set(name, Math.max(highest.get(name) ?? 0, cursor))
      this.#checkSubscription(device, subscription, cursor)
    }
    for (const [name, cursor] of highest) this.#checkRow(device, name, cursor)
  }

  #checkCursor(device: Device, key: string, cursor: number, incarnation: string): void {
    let cursors = this.#cursors.get(device)
    if (cursors === undefined) {
      cursors = new Map()
      this.#cursors.set(device, cursors)
    }
    if (cursor > this.seen.history.head)
      throw new Violation('G5', `${device.name}: ${key} is at ${cursor}, committed is ${this.seen.history.head}`)
    const before = cursors.get(key)
    if (before !== undefined && before.incarnation === incarnation && cursor < before.cursor) {
      throw new Violation('G5', `${device.name}: the cursor of ${key} went from ${before.cursor} back to ${cursor}`)
    }
    cursors.set(key, { cursor, incarnation })
  }

  #checkSubscription(device: Device, { key, bound, count }: StoredSubscription, cursor: number): void {
    const collection = key.split('/')[1] as string
    const memberships = this.seen.rights.possibleAt(device.userId, cursor)
    if (key.startsWith('b/')) return this.#checkBody(device, key.slice(2), cursor)
    if (key.startsWith('c/')) {
      const asked = this.queries.of(key)
      if (asked === undefined) return
      const counts = memberships.map(
        membership => this.#rows(device, membership, collection, asked.query, null, cursor).size,
      )
      if (!counts.includes(count ?? 0))
        throw new Violation('G5', `${device.name}: ${key} counts ${count} at ${cursor}, there are ${counts}`)
      return
    }
    const held = new Set(device.memory.keysByView.get(key) ?? [])
    const query = key.startsWith('r/') ? recordQuery(key) : this.queries.of(key)?.query
    if (query === undefined) return
    const possible = memberships.map(membership => this.#rows(device, membership, collection, query, bound, cursor))
    // A removal is told through any subscription, also to those that nobody has mounted.
    const isGone = (name: string) => this.#isRemoved(device, name)
    if (possible.some(rows => isSameSet(rows, held, isGone))) return
    const [expected] = possible as [Set<string>]
    const missing = [...expected].filter(name => !held.has(name) && !isGone(name))
    const tooMany = [...held].filter(name => !expected.has(name))
    const id = tooMany.some(name => !this.#isReadable(device, name, cursor)) ? 'G2' : 'G5'
    throw new Violation(
      id,
      `${device.name}: ${key} at ${cursor} up to ${JSON.stringify(bound)} lacks [${missing}] and has [${tooMany}] too many`,
    )
  }

  /** A body is kept only of what may be read, and has everything up to the cursor. */
  #checkBody(device: Device, name: string, cursor: number): void {
    const state = device.memory.bodies.get(name)?.state
    const isReadable = this.#isReadable(device, name, cursor)
    if (state !== undefined && !isReadable) {
      throw new Violation('G2', `${device.name} keeps the body of ${name}, not readable at ${cursor}`)
    }
    const [collection, id] = name.split('/') as [string, string]
    const mustBeHeld = this.seen.reading.isSurelyReadableAt(device.userId, collection, id, cursor)
    if (!mustBeHeld || state === this.#bodiesSeen.get(`${device.name} ${name}`)) return
    this.#bodiesSeen.set(`${device.name} ${name}`, state)
    const held = decodeStateVector(state === undefined ? emptyVector : encodeStateVectorFromUpdate(state))
    const doc = new Doc()
    for (const update of this.seen.history.bodies.updatesUpTo(name, cursor)) applyUpdate(doc, update)
    for (const [client, clock] of decodeStateVector(encodeStateVector(doc))) {
      if ((held.get(client) ?? 0) >= clock) continue
      throw new Violation(
        'G5',
        `${device.name}: the body of ${name} at ${cursor} lacks what ${client} wrote up to ${clock}`,
      )
    }
  }

  /** The names of the rows of a query that a user with these rights has at a position, up to a bound. */
  #rows(
    device: Device,
    membership: Membership,
    collection: string,
    query: ListQuery,
    bound: readonly Scalar[] | null,
    cursor: number,
  ): Set<string> {
    const names = new Set<string>()
    for (const { id, values } of this.seen.history.rowsAt(collection, cursor)) {
      if (!canRead(device.userId, membership, collection, values)) continue
      const row = queryRowOf(id, values)
      if (!matches(query.where, row)) continue
      if (bound !== null && !isWithin(query.orderBy, bound as Bound, sortKeyOf(query.orderBy, row))) continue
      names.add(`${collection}/${id}`)
    }
    return names
  }

  #checkRow(device: Device, name: string, cursor: number): void {
    const row = device.memory.rows.get(name)
    const { collection, id } = row ?? { collection: '', id: '' }
    if (row === undefined) throw new Violation('G5', `${device.name}: ${name} is in a view and not there`)
    // Where it is kept by subscriptions that nobody has mounted it may be newer than they are.
    const newest = Math.max(cursor, device.memory.meta?.live.cursor ?? 0)
    const { history } = this.seen
    let fault = differenceOf(history.rowAt(collection, id, cursor), row.values)
    for (const { seq, values } of history.versionsOf(collection, id)) {
      if (fault !== null && seq > cursor && seq <= newest && differenceOf(values, row.values) === null) fault = null
    }
    if (fault !== null) throw new Violation('G5', `${device.name}: ${name} at ${cursor}: ${fault}`)
  }

  #isRemoved(device: Device, name: string): boolean {
    const [collection, id] = name.split('/') as [string, string]
    return this.seen.history.isRemovedAt(collection, id, device.memory.meta?.live.cursor ?? 0)
  }

  #isReadable(device: Device, name: string, cursor: number): boolean {
    const [collection, id] = name.split('/') as [string, string]
    return this.seen.reading.isReadableAt(device.userId, collection, id, cursor)
  }
}

/** What differs first, of the fields that both have. */
export function differenceOf(expected: RowValues | null, held: Readonly<Record<string, unknown>>): string | null {
  if (expected === null) return 'is gone'
  for (const [field, value] of Object.entries(expected)) {
    if (!(field in held)) continue
    if (JSON.stringify(value) !== JSON.stringify(held[field])) {
      return `${field} is ${JSON.stringify(held[field])?.slice(0, 60)}, not ${JSON.stringify(value).slice(0, 60)}`
    }
  }
  return null
}

/** Whether both name the same rows, but for those of the first that are gone. */
function isSameSet(
  expected: ReadonlySet<string>,
  held: ReadonlySet<string>,
  isGone: (name: string) => boolean,
): boolean {
  for (const name of held) if (!expected.has(name)) return false
  for (const name of expected) if (!held.has(name) && !isGone(name)) return false
  return true
}

const emptyVector = encodeStateVector(new Doc())

function recordQuery(key: string): ListQuery {
  const id = key.split('/').slice(2).join('/')
  return {
    where: { op: 'eq', field: 'id', value: id },
    orderBy: [{ field: 'id', descending: false }],
    limit: null,
  } as ListQuery
}
