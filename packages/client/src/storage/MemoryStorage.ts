import { type Random, TidemarkError } from '@tidemark/core'
import { latestOutcomes } from './latestOutcomes.js'
import { newReplicaMeta } from './newReplicaMeta.js'
import type {
  NewEntry,
  OutboxEntry,
  ReplicaBatch,
  ReplicaMeta,
  ReplicaStorage,
  RowKey,
  StoredBody,
  StoredOutcome,
  StoredRejection,
  StoredReplica,
  StoredRow,
  StoredRows,
  StoredSubscription,
} from './ReplicaStorage.js'

/** What outlives a `MemoryStorage`: several of them on one memory are several tabs, or a tab before and after a crash. */
export class ReplicaMemory {
  meta: ReplicaMeta | null = null
  readonly rows = new Map<string, StoredRow>()
  readonly bodies = new Map<string, StoredBody>()
  readonly outbox = new Map<number, OutboxEntry>()
  readonly inbox = new Map<string, StoredRejection>()
  readonly subscriptions = new Map<string, StoredSubscription>()
  outcomes: readonly StoredOutcome[] = []
  /** Where each view's rows are, as an index. */
  readonly keysByView = new Map<string, Set<string>>()

  clear(): void {
    this.meta = null
    this.outcomes = []
    for (const map of [this.rows, this.bodies, this.outbox, this.inbox, this.subscriptions, this.keysByView])
      map.clear()
  }
}

/**
 * A replica that ends with the page. Each verb takes effect at once and whole, so it can be told from a real storage only
 * by what a crash leaves. Holds no timer and makes no choices: the simulator wraps it to make it fail.
 */
export class MemoryStorage implements ReplicaStorage {
  readonly #random: Random
  readonly #kept: ReplicaMemory
  #isClosed = false

  constructor(random: Random, memory = new ReplicaMemory()) {
    this.#random = random
    this.#kept = memory
  }

  async open(): Promise<StoredReplica> {
    this.#memory.meta ??= newReplicaMeta(this.#random)
    return this.#stored()
  }

  async rows(of: { readonly views: readonly string[] } | { readonly keys: readonly RowKey[] }): Promise<StoredRows> {
    const { rows, keysByView } = this.#memory
    const keys = new Set<string>()
    if ('views' in of) for (const view of of.views) for (const key of keysByView.get(view) ?? []) keys.add(key)
    else for (const key of of.keys) keys.add(keyOf(key))
    const found: StoredRow[] = []
    for (const key of keys) {
      const row = rows.get(key)
      if (row !== undefined) found.push(row)
    }
    return { version: this.#meta.version, rows: found }
  }

  async body(key: RowKey): Promise<StoredBody | undefined> {
    return this.#memory.bodies.get(keyOf(key))
  }

  async apply(batch: ReplicaBatch): Promise<void> {
    const { bodies, outbox, inbox, subscriptions } = this.#memory
    for (const row of batch.rows) this.#putRow(keyOf(row), row)
    for (const row of batch.droppedRows) this.#putRow(keyOf(row), undefined)
    for (const body of batch.bodies) bodies.set(keyOf(body), body)
    for (const body of batch.droppedBodies) bodies.delete(keyOf(body))
    for (const subscription of batch.subscriptions) subscriptions.set(subscription.key, subscription)
    for (const key of batch.droppedSubscriptions) subscriptions.delete(key)
    for (const number of batch.settled) outbox.delete(number)
    for (const rejection of batch.rejections) inbox.set(rejection.entry.writeId, rejection)
    this.#memory.outcomes = latestOutcomes([...this.#memory.outcomes, ...batch.outcomes])
    this.#memory.meta = { ...this.#meta, ...batch.meta, version: batch.version }
  }

  async enqueue(entries: readonly NewEntry[]): Promise<readonly OutboxEntry[]> {
    return entries.map(({ entry, absorbInto }) => {
      const into = absorbInto && this.#memory.outbox.get(absorbInto.number)
      if (absorbInto && into && !into.isSent && into.mutation.kind !== 'void') {
        return this.#putEntry({ ...absorbInto.merged, number: into.number, isSent: false })
      }
      const number = this.#meta.lastNumber + 1
      this.#memory.meta = { ...this.#meta, lastNumber: number }
      return this.#putEntry({ ...entry, number, isSent: false })
    })
  }

  async takeForSending(from: number, maxBytes: number): Promise<readonly OutboxEntry[]> {
    const taken: OutboxEntry[] = []
    let bytes = 0
    for (const entry of this.#entries()) {
      if (entry.number < from) continue
      if (taken.length > 0 && bytes + entry.bytes > maxBytes) break
      bytes += entry.bytes
      taken.push(this.#putEntry({ ...entry, isSent: true }))
    }
    const last = taken.at(-1)
    if (last) this.#memory.meta = { ...this.#meta, sentNumber: Math.max(this.#meta.sentNumber, last.number) }
    return taken
  }

  async cancel(number: number, rest?: Omit<OutboxEntry, 'number' | 'isSent'>): Promise<boolean> {
    const entry = this.#memory.outbox.get(number)
    if (entry === undefined || entry.isSent) return false
    this.#putEntry(rest ? { ...rest, number, isSent: false } : { ...entry, bytes: 0, mutation: { kind: 'void' } })
    return true
  }

  async renew(replica: string, verdict: (entry: OutboxEntry) => StoredRejection | null): Promise<StoredReplica> {
    const verdicts = this.#entries().map(entry => ({ entry, rejection: verdict(entry) }))
    this.#memory.outbox.clear()
    let number = 0
    for (const { entry, rejection } of verdicts) {
      if (rejection) this.#memory.inbox.set(entry.writeId, rejection)
      else this.#putEntry({ ...entry, number: ++number, isSent: false })
    }
    this.#memory.meta = { ...this.#meta, replica, lastNumber: number, sentNumber: 0, answeredNumber: 0 }
    return this.#stored()
  }

  async acknowledge(writeId: string): Promise<void> {
    this.#memory.inbox.delete(writeId)
  }

  async destroy(): Promise<void> {
    this.#isClosed = true
    this.#kept.clear()
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  get #memory(): ReplicaMemory {
    if (this.#isClosed) throw new TidemarkError('CLOSED')
    return this.#kept
  }

  get #meta(): ReplicaMeta {
    if (this.#memory.meta === null) throw new Error('The replica is not open.')
    return this.#memory.meta
  }

  #entries(): OutboxEntry[] {
    return [...this.#memory.outbox.values()].sort((a, b) => a.number - b.number)
  }

  #stored(): StoredReplica {
    const { inbox, outcomes, subscriptions } = this.#memory
    return {
      meta: this.#meta,
      outbox: this.#entries(),
      inbox: [...inbox.values()],
      outcomes,
      subscriptions: [...subscriptions.values()],
      durability: 'memory',
    }
  }

  #putEntry(entry: OutboxEntry): OutboxEntry {
    this.#memory.outbox.set(entry.number, entry)
    return entry
  }

  #putRow(key: string, row: StoredRow | undefined): void {
    const { rows, keysByView } = this.#memory
    for (const view of rows.get(key)?.views ?? []) keysByView.get(view)?.delete(key)
    if (row === undefined) {
      rows.delete(key)
      return
    }
    rows.set(key, row)
    for (const view of row.views) {
      const keys = keysByView.get(view)
      if (keys) keys.add(key)
      else keysByView.set(view, new Set([key]))
    }
  }
}

const keyOf = ({ collection, id }: RowKey): string => `${collection}/${id}`
