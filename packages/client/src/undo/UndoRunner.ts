import { type AnyCollection, isTidemarkError, modelOf, type Receipt } from '@tidemark/core'
import type { BodyCopy } from '../bodies/BodyCopy.js'
import type { Client } from '../Client.js'
import type { SettledEntry } from '../outbox/Outbox.js'
import { rowRef } from '../replica/RowRef.js'
import { BodyUndo } from './BodyUndo.js'
import { changesBetween, patchFrom } from './FieldChange.js'
import { type Direction, type FieldStep, type Move, type TextEffect, UndoHistory } from './UndoHistory.js'
import type { UndoPort, UndoRecorder } from './UndoPort.js'
import { UndoStore } from './UndoStore.js'

type Row = Readonly<Record<string, unknown>>

/**
 * Performs what `UndoHistory` decides, and tells it what is done in this tab from the first subscription on.
 *
 * A record with a step stays subscribed, shown or not: whether others have changed it since must be known when the step
 * is to be taken back.
 */
export class UndoRunner implements UndoRecorder {
  readonly #client: Client
  readonly #port: UndoPort
  readonly #history: UndoHistory
  readonly #stores = new Map<string | null, UndoStore>()
  readonly #bodies = new Map<BodyCopy, BodyUndo>()
  readonly #unwatchByRecord = new Map<string, () => void>()
  #state: 'idle' | 'recording' | 'closed' = 'idle'
  /** Rows change in the middle of a write: nobody looks before its step is known. */
  #isWriting = false

  constructor(client: Client, port: UndoPort) {
    this.#client = client
    this.#port = port
    this.#history = new UndoHistory(port.maxSteps)
  }

  /** Of one record, or with null of all. */
  store(record: string | null): UndoStore {
    const known = this.#stores.get(record)
    if (known) return known
    const [undo, redo] = [() => this.#move('undo', record), () => this.#move('redo', record)]
    const can = (direction: Direction) => this.#history.can(direction, record, this.#rowOf)
    const store = new UndoStore(() => ({ undo, redo, canUndo: can('undo'), canRedo: can('redo') }))
    store.onMount = () => this.#start()
    this.#stores.set(record, store)
    return store
  }

  update(collection: AnyCollection, id: string, patch: object, write: () => Receipt): Receipt {
    return this.#written(() => {
      const before = this.#rowAt(collection, id)
      const receipt = write()
      const after = this.#rowAt(collection, id)
      if (before && after) {
        const changes = changesBetween(modelOf(collection), patch, before, after)
        const { writeId } = receipt
        const record = rowRef(collection.name, id)
        this.#perform(this.#history.updated({ kind: 'fields', record, collection, id, changes, writeIds: [writeId] }))
        this.#follow(receipt)
      }
      return receipt
    })
  }

  opened(copy: BodyCopy): void {
    const { collection, id } = copy.key
    const record = rowRef(collection, id)
    const isOneText = this.#port.isOpen(collection)
    const typed = (roots: string) => {
      const step = { kind: 'text', record, body: copy } as const
      this.#perform(this.#history.typed(step, isOneText ? '' : roots, this.#port.clock.now()))
      this.#changed()
    }
    const closed = () => {
      this.#bodies.delete(copy)
      this.#history.closed(copy)
      this.#changed()
    }
    this.#bodies.set(copy, new BodyUndo(copy, typed, closed))
  }

  answered(settled: readonly SettledEntry[]): void {
    for (const { entry, answer } of settled) {
      const fields = answer.status === 'accepted' ? answer.refused?.fields : null
      if (fields !== undefined) for (const call of entry.calls) this.#history.refused(call, fields)
    }
    this.#changed()
  }

  closed(): void {
    this.#state = 'closed'
    this.#history.cleared()
    this.#changed()
  }

  #start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'recording'
    this.#port.record(this)
  }

  #move(direction: Direction, record: string | null): void {
    this.#written(() => {
      for (;;) {
        const move = this.#history.next(direction, record, this.#rowOf)
        if (move === undefined || this.#make(direction, move)) return
      }
    })
  }

  /** False if it came to nothing. */
  #make(direction: Direction, move: Move): boolean {
    if (move.kind === 'text') {
      const body = this.#bodies.get(move.body as BodyCopy)
      const isMade = body?.move(direction) === true
      this.#perform(this.#history.textMoved(move, body?.counts ?? { undo: 0, redo: 0 }))
      return isMade
    }
    const { step, changes } = move
    try {
      const receipt = this.#port.write(step.collection, step.id, patchFrom(changes))
      this.#perform(this.#history.moved(direction, step, changes, receipt.writeId))
      this.#follow(receipt)
      return true
    } catch (error) {
      // What was valid under an earlier schema may be none of its values any more.
      if (!isTidemarkError(error) || error.code !== 'INVALID') throw error
      this.#history.dropped(step)
      return false
    }
  }

  #perform(effects: readonly TextEffect[]): void {
    for (const effect of effects) {
      const body = this.#bodies.get(effect.body as BodyCopy)
      if (effect.kind === 'beginStep') body?.beginStep()
      else if (effect.kind === 'forgetOldest') body?.forgetOldest(effect.from)
      else body?.forgetUndone()
    }
  }

  /** A call that is taken back, or cannot be stored, is answered by nobody. */
  #follow({ writeId, outcome }: Receipt): void {
    void outcome.then(({ status }) => {
      if (status !== 'cancelled') return
      this.#history.refused(writeId, null)
      this.#changed()
    })
  }

  #written<T>(write: () => T): T {
    const wasWriting = this.#isWriting
    this.#isWriting = true
    try {
      return write()
    } finally {
      this.#isWriting = wasWriting
      this.#changed()
    }
  }

  /** Watches the records of the steps, and tells whoever shows a history. */
  #changed(): void {
    if (this.#isWriting) return
    const { records } = this.#history
    for (const [record, unwatch] of this.#unwatchByRecord) {
      if (records.has(record)) continue
      this.#unwatchByRecord.delete(record)
      unwatch()
    }
    for (const [record, { collection, id }] of records) {
      if (this.#unwatchByRecord.has(record)) continue
      this.#unwatchByRecord.set(
        record,
        this.#recordOf(collection, id).subscribe(() => this.#refresh()),
      )
    }
    this.#refresh()
  }

  #refresh(): void {
    if (!this.#isWriting) for (const store of this.#stores.values()) store.refresh()
  }

  #rowOf = ({ collection, id }: FieldStep): Row | undefined => this.#rowAt(collection, id)

  #rowAt(collection: AnyCollection, id: string): Row | undefined {
    const { status, data } = this.#recordOf(collection, id).getSnapshot()
    return status === 'ready' ? data : undefined
  }

  #recordOf(collection: AnyCollection, id: string) {
    return this.#client.liveRecord(collection, id)
  }
}
