import { type Answer, encodeMutation, type Mutation, type SchemaModel, TidemarkError } from '@tidemark/core'
import { createEncoder, length } from 'lib0/encoding'
import type { NewEntry, OutboxEntry, StoredReplica } from '../storage/ReplicaStorage.js'
import { absorb, updateOf } from './absorb.js'
import { bodyOf, compareEntries, type EntryPart, numberOf, type PendingEntry } from './PendingEntry.js'

/** Entries that are another now, or gone. */
export type EntryChanges = readonly (readonly [writeId: string, entry: PendingEntry | undefined])[]

export interface SettledEntry {
  readonly entry: PendingEntry
  readonly answer: Answer
}

type Storable = Omit<OutboxEntry, 'number' | 'isSent'>

/** What is to be done to take a call back. */
export type Cancelling =
  /** It was not even stored: done. */
  | { readonly kind: 'done'; readonly changes: EntryChanges }
  /** It is being stored: ask again after that. */
  | { readonly kind: 'saving' }
  | { readonly kind: 'stored'; readonly number: number; readonly rest: Storable | undefined }
  | { readonly kind: 'late' }

/**
 * What was written in this replica and is not yet answered.
 *
 * Calls are shown at once, stored one group after another in the order of the calls, and so numbered in that order.
 * An entry leaves only by its answer or by `cancelled`, so a crash can repeat a write but never lose one. Holds no storage
 * and no promise: `hand` says what to store, `saved` that it was. [G6] [G7] [G15]
 */
export class Outbox {
  readonly #schema: SchemaModel
  readonly #maxBytes: number
  readonly #entries = new Map<string, PendingEntry>()
  readonly #writeIdByNumber = new Map<number, string>()
  /** Which entry stands for a call. */
  readonly #leadByPart = new Map<string, string>()
  /** The newest edit of each record that a later one may still join. Any other kind of mutation empties it. */
  readonly #joinable = new Map<string, string>()
  /** Waiting entries that would rather be part of an entry that is stored. */
  readonly #joins = new Map<string, string>()
  /** Answers that overtook the number of their entry. */
  readonly #early = new Map<number, Answer>()
  #handed: readonly PendingEntry[] = []
  /** Bodies of which something typed could not be stored: what is typed after it waits behind it. */
  readonly #keptBodies = new Set<string>()
  /** Answers come in the order of numbers: what is said later of an entry up to here is out of date. */
  #answeredUpTo = 0
  /** Whose numbers they are. */
  #replica = ''
  #bytes = 0
  #place = 0

  constructor(schema: SchemaModel, maxBytes: number) {
    this.#schema = schema
    this.#maxBytes = maxBytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** Something is being stored, or waits for that. */
  get isSaving(): boolean {
    return this.#handed.length > 0
  }

  get entries(): readonly PendingEntry[] {
    return [...this.#entries.values()].sort(compareEntries)
  }

  /** The entry that stands for a call; none once the call was taken back, whatever is left of what it was part of. */
  entryOf(writeId: string): PendingEntry | undefined {
    const entry = this.#entries.get(this.#leadByPart.get(writeId) ?? writeId)
    return entry?.calls.includes(writeId) ? entry : undefined
  }

  entryAt(number: number): PendingEntry | undefined {
    return this.#entries.get(this.#writeIdByNumber.get(number) ?? '')
  }

  /** The entries that have a number, be it one that was given out under another name of the replica. */
  get numbered(): ReadonlySet<string> {
    return new Set(this.entries.filter(entry => numberOf(entry) !== undefined).map(({ writeId }) => writeId))
  }

  /**
   * Takes over what the storage has; calls of this tab that are not stored yet, or were stored since it was read, stay
   * behind it. `heard` are answers that were stored before it was read. `gone` are the entries that were decided without our
   * hearing how: of those that were `numbered` before it was read, what it has no more; of the others, what it knows to be
   * answered.
   */
  open(
    { outbox: stored, meta }: Pick<StoredReplica, 'outbox' | 'meta'>,
    numbered: ReadonlySet<string> = new Set(),
    heard: readonly Answer[] = [],
  ): {
    readonly changes: EntryChanges
    readonly settled: readonly SettledEntry[]
    readonly gone: readonly PendingEntry[]
  } {
    const isAnother = this.#replica !== meta.replica
    if (isAnother) this.#early.clear()
    // They name the numbers of the new name, and the entries here have those of the old one.
    const { changes: answered, settled } = this.answered(isAnother ? [] : heard)
    this.#replica = meta.replica
    this.#answeredUpTo = meta.answeredNumber
    const changes = new Map<string, PendingEntry | undefined>(answered)
    const writeIds = new Set(stored.map(({ writeId }) => writeId))
    const gone = this.entries.filter(entry => {
      const isPast = numbered.has(entry.writeId) || (numberOf(entry) ?? Infinity) <= meta.answeredNumber
      return isPast && !writeIds.has(entry.writeId)
    })
    for (const entry of gone) {
      this.#drop(entry)
      changes.set(entry.writeId, undefined)
    }
    this.#writeIdByNumber.clear()
    for (const entry of this.#entries.values()) {
      const number = numberOf(entry)
      if (number !== undefined && !writeIds.has(entry.writeId)) this.#writeIdByNumber.set(number, entry.writeId)
    }
    for (const entry of stored) changes.set(entry.writeId, this.#adopt(entry))
    return { changes: [...changes], settled, gone }
  }

  /** Throws `OUTBOX_FULL` before anything shows. */
  add(part: EntryPart, queuedAt: number): EntryChanges {
    const update = updateOf(part.mutation)
    const record = update && `${update.collection}/${update.id}`
    const target = record === undefined ? undefined : this.#entries.get(this.#joinable.get(record) ?? '')
    if (target && target.state.kind === 'waiting') {
      const parts = [...target.parts, part]
      const mutation = absorb(this.#schema, parts)
      if (mutation) {
        this.#leadByPart.set(part.writeId, target.writeId)
        return [this.#put({ ...target, ...contentOf(target.writeId, mutation, parts), parts })]
      }
    }
    const content = contentOf(part.writeId, part.mutation, [part])
    this.#mustFit(content.bytes)
    if (record === undefined) {
      if (part.mutation.kind !== 'body') this.#joinable.clear()
    } else {
      this.#joinable.set(record, part.writeId)
      if (target && target.parts.length > 0) this.#joins.set(part.writeId, target.writeId)
    }
    const entry: PendingEntry = {
      writeId: part.writeId,
      ...content,
      queuedAt,
      state: { kind: this.#keptBodies.has(bodyOf(part) ?? '') ? 'kept' : 'waiting' },
      parts: [part],
      place: ++this.#place,
    }
    return [this.#put(entry)]
  }

  /** Drops everything: the user signed out. */
  clear(): EntryChanges {
    const dropped = this.entries
    for (const entry of dropped) this.#drop(entry)
    return dropped.map(({ writeId }) => [writeId, undefined] as const)
  }

  /**
   * What to store now, in one step; null if nothing waits or a step is under way. What was kept goes by itself: it may be too
   * large for a storage that has room for all else.
   */
  hand(kind: 'waiting' | 'kept' = 'waiting'): readonly NewEntry[] | null {
    if (this.#handed.length > 0) return null
    const handed = [...this.#entries.values()].filter(({ state }) => state.kind === kind).sort(compareEntries)
    if (handed.length === 0) return null
    this.#handed = handed
    return handed.map(entry => {
      this.#entries.set(entry.writeId, { ...entry, state: { kind: 'saving' } })
      const merged = this.#mergedInto(entry)
      return merged ? { entry: storable(entry), absorbInto: merged } : { entry: storable(entry) }
    })
  }

  /** What `hand` gave is stored, under these numbers; `calls` are in it. */
  saved(stored: readonly OutboxEntry[]): {
    readonly changes: EntryChanges
    readonly settled: readonly SettledEntry[]
    readonly calls: readonly string[]
  } {
    const changes = new Map<string, PendingEntry | undefined>()
    const handed = this.#handed
    this.#handed = []
    this.#unkeep(handed)
    const calls = handed.flatMap(({ parts }) => parts.map(({ writeId }) => writeId))
    for (const [index, { number, writeId, isSent }] of stored.entries()) {
      const { writeId: own } = handed[index] as PendingEntry
      const entry = this.#entries.get(own)
      this.#joins.delete(own)
      if (entry === undefined) continue
      if (writeId !== own) {
        this.#join(entry, writeId, stored[index] as OutboxEntry, changes)
        continue
      }
      this.#writeIdByNumber.set(number, own)
      changes.set(...this.#put({ ...entry, state: { kind: isSent ? 'sent' : 'queued', number } }))
    }
    const early = [...this.#early.values()]
    this.#early.clear()
    const { changes: gone, settled } = this.answered(early)
    for (const [writeId, entry] of gone) changes.set(writeId, entry)
    return { changes: [...changes], settled, calls }
  }

  /**
   * The storage took none of what `hand` gave: those calls are void. What was typed into a body has no caller who could be
   * told: it is kept to be handed again, unless the storage is gone for good. [G15]
   */
  notSaved(isForGood: boolean): {
    readonly changes: EntryChanges
    readonly writeIds: readonly string[]
    readonly hasKept: boolean
  } {
    const handed = this.#handed
    this.#handed = []
    this.#early.clear()
    const lost = handed.filter(entry => isForGood || bodyOf(entry) === undefined)
    for (const entry of lost) this.#drop(entry)
    if (isForGood) this.#unkeep(handed)
    else this.#keep(handed)
    return {
      changes: lost.map(({ writeId }) => [writeId, undefined] as const),
      writeIds: lost.flatMap(({ parts }) => parts.map(({ writeId }) => writeId)),
      hasKept: this.#keptBodies.size > 0,
    }
  }

  /** Entries as they are stored now, said by another tab or taken for sending. */
  heard(stored: readonly OutboxEntry[]): EntryChanges {
    return stored
      .filter(({ number }) => number > this.#answeredUpTo)
      .map(entry => [entry.writeId, this.#adopt(entry)] as const)
  }

  answered(answers: readonly Answer[]): { readonly changes: EntryChanges; readonly settled: readonly SettledEntry[] } {
    const settled: SettledEntry[] = []
    for (const answer of answers) {
      this.#answeredUpTo = Math.max(this.#answeredUpTo, answer.number)
      const entry = this.entryAt(answer.number)
      if (entry) {
        this.#drop(entry)
        settled.push({ entry, answer })
      } else if (this.#handed.length > 0) this.#early.set(answer.number, answer)
    }
    return { changes: settled.map(({ entry }) => [entry.writeId, undefined] as const), settled }
  }

  cancel(writeId: string): Cancelling {
    const entry = this.entryOf(writeId)
    if (entry === undefined || entry.mutation.kind === 'void') return { kind: 'late' }
    const rest = this.#without(entry, writeId)
    switch (entry.state.kind) {
      case 'waiting':
      case 'kept':
        if (rest) return { kind: 'done', changes: [this.#put(rest)] }
        this.#drop(entry)
        return { kind: 'done', changes: [[entry.writeId, undefined]] }
      case 'saving':
        return { kind: 'saving' }
      case 'queued':
        if (this.#handed.some(handed => this.#joins.get(handed.writeId) === entry.writeId)) return { kind: 'saving' }
        // It becomes another in the storage: what it was before cannot be joined any more.
        this.#letNobodyJoin(entry.writeId)
        return { kind: 'stored', number: entry.state.number, rest: rest && storable(rest) }
      case 'sent':
        return { kind: 'late' }
    }
  }

  /** The storage has taken the call back. */
  cancelled(writeId: string): EntryChanges {
    const entry = this.entryOf(writeId)
    if (entry === undefined) return []
    const rest = this.#without(entry, writeId)
    this.#leadByPart.delete(writeId)
    return [this.#put(rest ?? { ...entry, mutation: { kind: 'void' }, bytes: 0, calls: [], parts: [] })]
  }

  /** With what was typed after it, so that no update is stored without those that it builds on. */
  #keep(handed: readonly PendingEntry[]): void {
    for (const entry of handed) {
      const body = bodyOf(entry)
      if (body !== undefined && this.#entries.has(entry.writeId)) this.#keptBodies.add(body)
    }
    for (const entry of this.#entries.values()) {
      const isUnstored = entry.state.kind === 'saving' || entry.state.kind === 'waiting'
      if (isUnstored && this.#keptBodies.has(bodyOf(entry) ?? '')) this.#put({ ...entry, state: { kind: 'kept' } })
    }
  }

  #unkeep(handed: readonly PendingEntry[]): void {
    const isKept = handed.some(({ state }) => state.kind === 'kept')
    if (!isKept) return
    this.#keptBodies.clear()
    for (const entry of this.#entries.values()) {
      if (entry.state.kind === 'kept') this.#put({ ...entry, state: { kind: 'waiting' } })
    }
  }

  #mergedInto(entry: PendingEntry): NewEntry['absorbInto'] {
    const target = this.#entries.get(this.#joins.get(entry.writeId) ?? '')
    if (target?.state.kind !== 'queued') return undefined
    const parts = [...target.parts, ...entry.parts]
    const mutation = absorb(this.#schema, parts)
    if (mutation === undefined) return undefined
    const merged = { ...target, ...contentOf(target.writeId, mutation, parts) }
    return { number: target.state.number, merged: storable(merged) }
  }

  /** `entry` became part of the one that `into` names. */
  #join(entry: PendingEntry, into: string, stored: OutboxEntry, changes: Map<string, PendingEntry | undefined>): void {
    const target = this.#entries.get(into)
    this.#drop(entry)
    changes.set(entry.writeId, undefined)
    for (const part of entry.parts) this.#leadByPart.set(part.writeId, into)
    if (target === undefined) return
    const parts = [...target.parts, ...entry.parts]
    const { mutation, stamp, seen, bytes } = stored
    changes.set(...this.#put({ ...target, mutation, stamp, seen, bytes, calls: callsOf(stored), parts }))
    for (const [record, writeId] of this.#joinable) if (writeId === entry.writeId) this.#joinable.set(record, into)
  }

  #letNobodyJoin(writeId: string): void {
    for (const [record, joinable] of this.#joinable) if (joinable === writeId) this.#joinable.delete(record)
    for (const [waiting, target] of this.#joins) if (target === writeId) this.#joins.delete(waiting)
  }

  #without(entry: PendingEntry, writeId: string): PendingEntry | undefined {
    const parts = entry.parts.filter(part => part.writeId !== writeId)
    const mutation = parts.length === 0 || parts.length === entry.parts.length ? undefined : absorb(this.#schema, parts)
    return mutation && { ...entry, ...contentOf(entry.writeId, mutation, parts), parts }
  }

  #adopt(stored: OutboxEntry): PendingEntry {
    const { number, isSent, bytes, mutation, writeId, stamp, seen, queuedAt } = stored
    const known = this.#entries.get(writeId)
    const state = { kind: isSent ? 'sent' : 'queued', number } as const
    this.#writeIdByNumber.set(number, writeId)
    const base = { writeId, mutation, stamp, seen, queuedAt, bytes, state }
    const calls = known && mutation.kind === 'void' ? known.calls : callsOf(stored)
    const entry = { ...base, calls, parts: known?.parts ?? [], place: known?.place ?? ++this.#place }
    this.#put(entry)
    return entry
  }

  #put(entry: PendingEntry): [string, PendingEntry] {
    this.#bytes += entry.bytes - (this.#entries.get(entry.writeId)?.bytes ?? 0)
    this.#entries.set(entry.writeId, entry)
    for (const call of entry.calls) this.#leadByPart.set(call, entry.writeId)
    return [entry.writeId, entry]
  }

  #drop(entry: PendingEntry): void {
    const number = numberOf(entry)
    this.#bytes -= this.#entries.get(entry.writeId)?.bytes ?? 0
    this.#entries.delete(entry.writeId)
    this.#joins.delete(entry.writeId)
    if (number !== undefined) this.#writeIdByNumber.delete(number)
    for (const call of entry.calls) this.#leadByPart.delete(call)
    for (const [record, writeId] of this.#joinable) if (writeId === entry.writeId) this.#joinable.delete(record)
  }

  #mustFit(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) throw new TidemarkError('OUTBOX_FULL')
  }
}

/** An entry's stored form, but for its number. */
export function storable({ writeId, stamp, seen, mutation, queuedAt, bytes, calls }: PendingEntry): Storable {
  const isOne = calls.length === 1 && calls[0] === writeId
  return { writeId, stamp, seen, mutation, queuedAt, bytes, ...(isOne ? {} : { calls }) }
}

const callsOf = ({ writeId, calls }: OutboxEntry): readonly string[] => calls ?? [writeId]

function contentOf(
  writeId: string,
  mutation: Mutation,
  parts: readonly EntryPart[],
): Pick<PendingEntry, 'mutation' | 'stamp' | 'seen' | 'bytes' | 'calls'> {
  const { stamp, seen } = parts.at(-1) as EntryPart
  const encoder = createEncoder()
  encodeMutation(encoder, { number: 0, writeId, stamp, seen, mutation })
  return { mutation, stamp, seen, bytes: length(encoder), calls: parts.map(part => part.writeId) }
}
