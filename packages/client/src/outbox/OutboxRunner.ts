import { type Clock, isTidemarkError, type Mutation, nextStamp, type Random, type Receipt } from '@tidemark/core'
import { toBase64UrlEncoded } from 'lib0/buffer'
import type { OutboxEntry, ReplicaStorage, StoredOutcome } from '../storage/ReplicaStorage.js'
import { type Cancelling, type EntryChanges, type Outbox, type SettledEntry, storable } from './Outbox.js'
import { Outcomes, outcomesOf } from './Outcomes.js'
import type { PendingEntry } from './PendingEntry.js'
import type { Receipts } from './Receipts.js'

export interface OutboxPort {
  /** Shows what changed, at once. */
  show(changes: EntryChanges): void
  /** These entries are stored in this form now: to be sent, and to be told to the other tabs. */
  stored(entries: readonly OutboxEntry[]): void
  /** These are decided. */
  settled?(settled: readonly SettledEntry[]): void
}

// biome-ignore lint/suspicious/noExplicitAny: the codes are those of whatever was written
type AnyReceipt = Receipt<any, any>

/** Performs what `Outbox` decides: stores calls, cancels them, and settles their receipts. In every tab. */
export class OutboxRunner {
  readonly #outbox: Outbox
  readonly #receipts: Receipts
  readonly #outcomes = new Outcomes()
  readonly #storage: ReplicaStorage
  readonly #clock: Clock
  readonly #random: Random
  readonly #port: OutboxPort
  /** Nothing is stored before the storage is open. */
  #isOpen = false
  #failure: { readonly error: unknown } | null = null
  #lastStamp = 0
  /** What was kept is to be offered to the storage again. */
  #isKeptDue = false
  #cancelRetry: (() => void) | null = null
  #afterSaving: (() => void)[] = []
  #cancelling: Promise<boolean> | null = null

  constructor(
    parts: {
      readonly outbox: Outbox
      readonly receipts: Receipts
      readonly storage: ReplicaStorage
      readonly clock: Clock
      readonly random: Random
    },
    port: OutboxPort,
  ) {
    this.#outbox = parts.outbox
    this.#receipts = parts.receipts
    this.#storage = parts.storage
    this.#clock = parts.clock
    this.#random = parts.random
    this.#port = port
  }

  newWriteId(): string {
    return toBase64UrlEncoded(this.#random.bytes(16))
  }

  /** Queues a mutation and shows it in the same tick. Throws `OUTBOX_FULL`. */
  write(mutation: Mutation, seen: number, writeId = this.newWriteId()): AnyReceipt {
    const now = this.#clock.now()
    this.#lastStamp = nextStamp(now, this.#lastStamp)
    const changes = this.#outbox.add({ writeId, mutation, stamp: this.#lastStamp, seen }, now)
    const receipt = this.#receipts.open(writeId)
    this.#port.show(changes)
    void this.#save()
    return receipt
  }

  /** The storage cannot be opened: nothing that waits, or comes, will be stored. */
  fail(error: unknown): void {
    this.#failure = { error }
    this.#isOpen = true
    void this.#save()
  }

  /** The storage is open, or was read anew: what waits goes in. */
  open(outcomes: readonly StoredOutcome[]): void {
    this.#outcomes.open(outcomes)
    this.#isOpen = true
    void this.#save()
  }

  /** What a call came to, as far as that is kept. */
  outcomeOf(writeId: string): StoredOutcome | undefined {
    return this.#outcomes.of(writeId)
  }

  /** The receipt of a call that is queued, or whose outcome is kept; made anew after a reload. */
  receipt(writeId: string): AnyReceipt | undefined {
    const known = this.#receipts.get(writeId)
    const entry = this.#outbox.entryOf(writeId)
    if (known || entry?.mutation.kind === 'void') return known
    if (entry === undefined) return this.#decidedReceipt(writeId)
    const receipt = this.#receipts.open(writeId)
    if (entry.state.kind === 'queued' || entry.state.kind === 'sent') this.#receipts.saved(writeId)
    return receipt
  }

  /** Entries as another tab stored them. What it took back is known to be so at once, whoever made the call. */
  heard(entries: readonly OutboxEntry[]): void {
    const changes = this.#outbox.heard(entries)
    this.#port.show(changes)
    for (const [writeId, entry] of changes) {
      if (entry?.mutation.kind !== 'void') continue
      for (const call of [writeId, ...entry.calls]) this.#receipts.cancelled(call)
    }
  }

  /** Entries were answered: whoever holds their receipts is told. */
  settled(settled: readonly SettledEntry[]): void {
    this.#port.settled?.(settled)
    this.#outcomes.add(outcomesOf(settled))
    for (const { entry, answer } of settled) {
      for (const call of entry.calls) {
        if (entry.mutation.kind === 'void') this.#receipts.cancelled(call)
        else this.#receipts.answered(call, answer, entry.writeId)
      }
    }
  }

  /** Takes a call back; false if it is too late, or was done already. */
  async cancel(writeId: string): Promise<boolean> {
    // Each takes its part out of what the one before has left in the storage.
    while (this.#cancelling) await this.#cancelling
    const step = this.#outbox.cancel(writeId)
    switch (step.kind) {
      case 'late':
        return false
      case 'done':
        this.#port.show(step.changes)
        this.#receipts.cancelled(writeId)
        return true
      case 'saving':
        await new Promise<void>(resolve => this.#afterSaving.push(resolve))
        return this.cancel(writeId)
      case 'stored':
        this.#cancelling = this.#cancelStored(writeId, step).finally(() => {
          this.#cancelling = null
        })
        return this.#cancelling
    }
  }

  #decidedReceipt(writeId: string): AnyReceipt | undefined {
    const outcome = this.outcomeOf(writeId)
    if (outcome === undefined) return undefined
    const receipt = this.#receipts.open(writeId)
    this.#receipts.answered(writeId, outcome.answer, outcome.writeId)
    return receipt
  }

  async #cancelStored(writeId: string, step: Extract<Cancelling, { kind: 'stored' }>): Promise<boolean> {
    if (!(await this.#storage.cancel(step.number, step.rest))) return false
    // Of an earlier life's calls nobody knows any more what each of them was.
    const calls = step.rest ? [writeId] : (this.#outbox.entryOf(writeId)?.calls ?? [writeId])
    const changes = this.#outbox.cancelled(writeId)
    this.#port.show(changes)
    for (const call of calls) this.#receipts.cancelled(call)
    this.#port.stored(changes.flatMap(([, entry]) => (entry ? [storedForm(entry)] : [])))
    return true
  }

  /** Resolves when nothing waits to be stored; what the storage refused is offered once more. */
  async idle(): Promise<void> {
    this.#isKeptDue = true
    void this.#save()
    while (this.#isOpen && this.#outbox.isSaving) await new Promise<void>(resolve => this.#afterSaving.push(resolve))
  }

  async #save(): Promise<void> {
    if (!this.#isOpen) return
    const handed = (this.#isKeptDue ? this.#outbox.hand('kept') : null) ?? this.#outbox.hand()
    if (handed === null) return
    this.#isKeptDue = false
    try {
      if (this.#failure) throw this.#failure.error
      const stored = await this.#storage.enqueue(handed)
      const { changes, settled, calls } = this.#outbox.saved(stored)
      this.#port.show(changes)
      for (const writeId of calls) this.#receipts.saved(writeId)
      this.settled(settled)
      this.#port.stored(stored)
    } catch (error) {
      const isForGood = this.#failure !== null || (isTidemarkError(error) && error.code === 'CLOSED')
      const { changes, writeIds, hasKept } = this.#outbox.notSaved(isForGood)
      this.#port.show(changes)
      for (const writeId of writeIds) this.#receipts.failed(writeId, error)
      if (hasKept) this.#offerKeptLater()
    }
    const waiters = this.#afterSaving
    this.#afterSaving = []
    for (const resolve of waiters) resolve()
    void this.#save()
  }

  #offerKeptLater(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = this.#clock.after(storageRetryMs, () => {
      this.#isKeptDue = true
      void this.#save()
    })
  }
}

const storageRetryMs = 5_000

function storedForm(entry: PendingEntry): OutboxEntry {
  const { state } = entry
  if (!('number' in state)) throw new Error('The entry has no number yet.')
  return { ...storable(entry), number: state.number, isSent: state.kind === 'sent' }
}
