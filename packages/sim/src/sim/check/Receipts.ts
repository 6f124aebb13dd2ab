import { equalJson, type Json, type Receipt } from '@tidemark/core'
import type { SimTab } from '../device/SimTab.js'
import type { History } from '../node/History.js'
import type { Tally } from '../world/Tally.js'
import { Violation } from '../world/Violation.js'
import type { StorageWitness } from './StorageWitness.js'

// biome-ignore lint/suspicious/noExplicitAny: outcomes of every command alike
type AnyOutcome = any
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyReceipt = Receipt<any, any>

/** What the app is told of its writes must be what became of them. [G1] [G12] [G13] */
export class Receipts {
  constructor(
    private readonly history: History,
    private readonly storage: StorageWitness,
    private readonly tally: Tally,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** `mayMerge`: an edit, which may have become part of an earlier one before that was stored; then it has no place of its own. */
  watch(tab: SimTab, { writeId, saved, outcome }: AnyReceipt, mayMerge: boolean): void {
    let told: AnyOutcome
    const name = `${tab.device.name} ${writeId}`
    outcome.then(result => {
      told = result
      if (tab.isAlive) this.#try(() => this.#told(name, writeId, told, mayMerge))
    })
    saved.then(
      async () => {
        await Promise.resolve()
        if (!tab.isAlive || told?.status === 'cancelled' || this.storage.placeOf(writeId) !== undefined) return
        if (mayMerge) return this.tally.count('path: merged before it was stored')
        this.#try(() => {
          throw new Violation('G13', `${name} was said to be saved and is not stored`)
        })
      },
      () => this.tally.count('path: not saved, and said so'),
    )
  }

  #told(name: string, writeId: string, told: AnyOutcome, mayMerge: boolean): void {
    this.tally.count(`outcome: ${told.status}`)
    if (told.status === 'cancelled' || told.code === 'UNKNOWN') return
    const place = this.storage.placeOf(writeId)
    if (place === undefined && mayMerge) return
    const decision = place && this.history.decisionOf(place.replica, place.number)
    if (decision === undefined) throw new Violation('G1', `${name} was told ${told.status}, and nothing was committed`)
    if (decision.status !== told.status || (told.status === 'rejected' && told.code !== decision.code)) {
      throw new Violation(
        'G12',
        `${name} was told ${told.status} ${told.code ?? ''}, decided was ${decision.status} ${decision.code ?? ''}`,
      )
    }
    if (decision.result !== undefined && !equalJson(told.result as Json, decision.result)) {
      throw new Violation('G12', `${name} was told another result than was decided`)
    }
  }

  #try(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.failed(error)
    }
  }
}
