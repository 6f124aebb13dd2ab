import type { Rejection } from '../Rejection.js'
import type { StoredRejection } from '../storage/ReplicaStorage.js'

/** Rejected mutations with their content, as a tab has them in memory. */
export class RejectionInbox {
  readonly #byWriteId = new Map<string, { readonly stored: StoredRejection; readonly items: readonly Rejection[] }>()
  #items: readonly Rejection[] | null = null

  get size(): number {
    return this.items.length
  }

  /** The same array while nothing changed. A batch is several items under one writeId. */
  get items(): readonly Rejection[] {
    this.#items ??= Object.freeze([...this.#byWriteId.values()].flatMap(({ items }) => items))
    return this.#items
  }

  get(writeId: string): StoredRejection | undefined {
    return this.#byWriteId.get(writeId)?.stored
  }

  open(stored: readonly StoredRejection[]): void {
    const writeIds = new Set(stored.map(({ entry }) => entry.writeId))
    for (const writeId of [...this.#byWriteId.keys()]) if (!writeIds.has(writeId)) this.remove(writeId)
    this.add(stored)
  }

  add(rejections: readonly StoredRejection[]): void {
    for (const stored of rejections) {
      const { writeId } = stored.entry
      if (this.#byWriteId.has(writeId)) continue
      this.#byWriteId.set(writeId, { stored, items: itemsOf(stored).map(item => Object.freeze(item)) })
      this.#items = null
    }
  }

  remove(writeId: string): boolean {
    if (!this.#byWriteId.delete(writeId)) return false
    this.#items = null
    return true
  }
}

function itemsOf({ entry, answer, at, text }: StoredRejection): Rejection[] {
  const { writeId, mutation } = entry
  const { code, details, message } = answer
  const base = { writeId, at, message, code, details }
  switch (mutation.kind) {
    case 'command':
      return [{ ...base, kind: 'command', command: mutation.name, input: mutation.input }]
    case 'write':
    case 'batch': {
      const writes = mutation.kind === 'write' ? [mutation.write] : mutation.writes
      return writes.map(write => {
        const place = { ...base, kind: 'write', collection: write.collection, id: write.id }
        if (write.op === 'remove') return { ...place, op: 'remove' } as unknown as Rejection
        if (write.op === 'update') return { ...place, op: 'update', patch: write.patch } as unknown as Rejection
        return { ...place, op: 'insert', row: { ...write.values, id: write.id } } as unknown as Rejection
      })
    }
    case 'body': {
      const place = { ...base, kind: 'write', collection: mutation.collection, id: mutation.id }
      return [{ ...place, op: 'update', patch: {}, text: text ?? '' } as unknown as Rejection]
    }
    case 'void':
      return []
  }
}
