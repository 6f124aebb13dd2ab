import { type Answer, encodeSnapshotPart, type SchemaTable } from '@tidemark/core'
import type { Watch } from './GatewaySession.js'
import type { PlannedItems } from './PlannedItems.js'

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
    if (portion.isWhole || portion.planned.items.length > 0) this.#portions.push({ ...portion, next: 0 })
  }

  /** The next part, made when it can leave; null when there is no more. */
  nextPart(table: SchemaTable): CatchUpPart | null {
    const portion = this.#portions[0]
    if (portion === undefined) return null
    const { watch, way } = portion
    const number = portion.next++
    const { bytes, isLast } = portion.planned.part(number)
    if (isLast) this.#portions.shift()
    const isWhole = portion.isWhole && number === 0
    const head = { subId: watch.subId, seq: this.head, collection: watch.view.collection, isWhole }
    return { bytes: encodeSnapshotPart(head, bytes, table), way, isLast: this.#portions.length === 0 }
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
  readonly planned: PlannedItems
  readonly way: Way
  /** The part that leaves next. */
  next: number
}
