import type { Answer } from '@tidemark/core'
import { latestOutcomes } from '../storage/latestOutcomes.js'
import type { StoredOutcome } from '../storage/ReplicaStorage.js'
import type { SettledEntry } from './Outbox.js'

/**
 * What the latest calls came to, as far as that is more than `accepted`: for who asks after the answer has gone by. Each tab
 * has them in memory as the leading one stores them. [G7] [G12]
 */
export class Outcomes {
  #latest: readonly StoredOutcome[] = []

  open(stored: readonly StoredOutcome[]): void {
    this.#latest = stored
  }

  add(outcomes: readonly StoredOutcome[]): void {
    const others = outcomes.filter(({ writeId }) => this.of(writeId) === undefined)
    if (others.length > 0) this.#latest = latestOutcomes([...this.#latest, ...others])
  }

  /** Of a call, or of the entry that stood for it. */
  of(writeId: string): StoredOutcome | undefined {
    return this.#latest.find(outcome => outcome.writeId === writeId || outcome.calls?.includes(writeId))
  }
}

/** What is to be kept of answers: what commands came to, and what was refused. */
export function outcomesOf(settled: readonly SettledEntry[]): StoredOutcome[] {
  return settled.flatMap(({ entry: { writeId, mutation, calls }, answer }) => {
    if (mutation.kind === 'void' || (mutation.kind !== 'command' && isPlain(answer))) return []
    const isOne = calls.length === 1 && calls[0] === writeId
    return { writeId, answer, bytes: JSON.stringify(answer).length, ...(isOne ? {} : { calls }) }
  })
}

const isPlain = (answer: Answer): boolean =>
  answer.status === 'accepted' && answer.result === undefined && answer.refused === undefined
