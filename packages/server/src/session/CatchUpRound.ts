import { type Answer, type SchemaTable, SnapshotEncoder, type SnapshotItem } from '@tidemark/core'
import type { Watch } from './GatewaySession.js'

/** Items of a part are added until it is this large. */
const partBytes = 60 << 10

/**
 * What some watches of one session lack, on its way to the client.
 *
 *   reading ──readDone──▶ sending ──all parts handed over──▶ holding ──the feed is at `head`──▶ (watches are live)
 */
export class CatchUpRound {
  phase: 'reading' | 'sending' | 'holding' = 'reading'
  /** The moment that was read; the watches are live from there. */
  head = 0
  /** Answers that the replica lacked at that moment; told with the end of the round. */
  answers: readonly Answer[] = []
  readonly #portions: Portion[] = []

  constructor(
    readonly id: number,
    readonly watches: readonly Watch[],
  ) {}

  add(portion: Omit<Portion, 'next'>): void {
    if (portion.isWhole || portion.items.length > 0) this.#portions.push({ ...portion, next: 0 })
  }

  /** The next part, made when it can leave; null when there is no more. */
  nextPart(table: SchemaTable): CatchUpPart | null {
    const portion = this.#portions[0]
    if (portion === undefined) return null
    const { watch, items, way } = portion
    const part = new SnapshotEncoder(table, {
      subId: watch.subId,
      seq: this.head,
      collection: watch.view.collection,
      isWhole: portion.isWhole && portion.next === 0,
    })
    while (portion.next < items.length && part.byteLength < partBytes) {
      part.add(items[portion.next++] as SnapshotItem)
    }
    if (portion.next >= items.length) this.#portions.shift()
    return { bytes: part.finish(), way, isLast: this.#portions.length === 0 }
  }
}

export interface CatchUpPart {
  readonly bytes: Uint8Array
  readonly way: Way
  readonly isLast: boolean
}

/** By which of the ways something was told: whole, from the log, against what is held, or as a moved window. */
export type Way = 'whole' | 'log' | 'held' | 'window'

interface Portion {
  readonly watch: Watch
  readonly isWhole: boolean
  readonly items: readonly SnapshotItem[]
  readonly way: Way
  /** How many of the items are in parts already made. */
  next: number
}
