import {
  compareSortKeys,
  type NodeMessage,
  type Resume,
  type RowValues,
  type Scalar,
  type SortTerm,
} from '@tidemark/core'
import type { WireClient } from './WireClient.js'

type Held = RowValues & { readonly id: string }

/** What a client would hold of one list, kept as simply as the protocol allows: an oracle for what nodes send. */
export class ViewModel {
  #cursor = 0
  #viewHash = ''
  #view = -1
  #bound: readonly Scalar[] | null = null
  #isFresh = true
  readonly #rowById = new Map<string, Held>()
  readonly #members = new Set<string>()
  #parts: Extract<NodeMessage, { type: 'snapshot' }>[] = []

  constructor(
    private readonly collection: string,
    private readonly orderBy: readonly SortTerm[] = [
      { field: 'rank', descending: false },
      { field: 'id', descending: false },
    ],
  ) {}

  resume(): Resume | null {
    if (this.#isFresh) return null
    return { cursor: this.#cursor, viewHash: this.#viewHash, bound: this.#bound, count: this.#members.size, held: null }
  }

  /** Takes what the node says until it has answered a mutation that does nothing: by then all before it was told. */
  async catchUp(client: WireClient): Promise<void> {
    const number = client.push({ kind: 'void' })
    for (;;) {
      const message = await client.next()
      this.take(message)
      if (message.type !== 'changes') continue
      const answered = message.chunks.flatMap(chunk => (chunk.kind === 'answers' ? chunk.answers : []))
      if (answered.some(answer => answer.number === number)) return
    }
  }

  take(message: NodeMessage): void {
    switch (message.type) {
      case 'snapshot':
        this.#parts.push(message)
        break
      case 'caughtUp': {
        for (const part of this.#parts.splice(0)) this.#applyPart(part)
        const live = message.subscriptions[0]
        if (live === undefined) break
        this.#isFresh = false
        this.#view = live.view
        this.#viewHash = live.viewHash
        this.#bound = live.bound
        this.#cursor = message.seq
        this.#dropBeyondBound()
        break
      }
      case 'changes':
        for (const chunk of message.chunks) {
          if (chunk.kind === 'row') this.#rowById.set(chunk.id, { ...chunk.values, id: chunk.id })
          else if (chunk.kind === 'patch') this.#patch(chunk.id, chunk.values)
          else if (chunk.kind === 'removed') this.#members.delete(chunk.id)
          else if (chunk.kind === 'enter' && chunk.view === this.#view) this.#members.add(chunk.id)
          else if (chunk.kind === 'leave' && chunk.view === this.#view) this.#members.delete(chunk.id)
        }
        this.#cursor = message.to
        break
      case 'heartbeat':
        this.#cursor = message.seq
        break
    }
  }

  rows(compare: (a: Held, b: Held) => number): readonly Held[] {
    return [...this.#members].map(id => this.#rowById.get(id) as Held).sort(compare)
  }

  #applyPart(part: Extract<NodeMessage, { type: 'snapshot' }>): void {
    if (part.collection !== this.collection) return
    if (part.isWhole) this.#members.clear()
    for (const item of part.items) {
      if (item.kind === 'row') {
        this.#rowById.set(item.id, { ...item.values, id: item.id })
        this.#members.add(item.id)
      } else if (item.kind === 'covered') this.#members.add(item.id)
      else if (item.kind === 'patch') this.#patch(item.id, item.values)
      else if (item.kind === 'leave') this.#members.delete(item.id)
    }
  }

  #patch(id: string, values: RowValues): void {
    const row = this.#rowById.get(id)
    if (row === undefined) throw new Error(`a patch for ${id}, which is not held`)
    this.#rowById.set(id, { ...row, ...values, id })
  }

  #dropBeyondBound(): void {
    const bound = this.#bound
    if (bound === null) return
    for (const id of this.#members) {
      const row = this.#rowById.get(id) as Held
      const key = this.orderBy.map(({ field }) => row[field] as Scalar)
      if (compareSortKeys(this.orderBy, key, bound) > 0) this.#members.delete(id)
    }
  }
}
