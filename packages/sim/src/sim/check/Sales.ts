import type { Json } from '@tidemark/core'
import type { History } from '../node/History.js'
import { Violation } from '../world/Violation.js'
import type { AnyReceipt } from './Receipts.js'

/** Seats are sold once, stock is never below nothing, and every buyer was told what the store says. [G12] */
export class Sales {
  /** What buyers were told, by the token of the purchase. */
  readonly #told = new Map<string, { readonly userId: string; readonly isSold: boolean }>()
  #checkedTo = 0
  readonly #ownerBySeat = new Map<string, Json>()

  constructor(private readonly history: History) {}

  asked(userId: string, token: string, { outcome }: AnyReceipt): void {
    void outcome.then(told => {
      if (told.status === 'cancelled' || (told.status === 'rejected' && told.code === 'UNKNOWN')) return
      this.#told.set(token, { userId, isSold: told.status === 'accepted' })
    })
  }

  /** Looks at what was committed since the last time. */
  check(): void {
    const { changes } = this.history
    for (; this.#checkedTo < changes.length; this.#checkedTo++) {
      const change = changes[this.#checkedTo]
      if (change === undefined || change.kind === 'access' || change.kind === 'body' || change.after === null) continue
      const { collection, id, after } = change
      if (collection === 'stocks' && (after.left as number) < 0)
        throw new Violation('G12', `stock ${id} is ${after.left}`)
      if (collection !== 'seats' || after.owner === null) continue
      const owner = this.#ownerBySeat.get(id)
      if (owner !== undefined) throw new Violation('G12', `seat ${id} was sold to ${owner} and to ${after.owner}`)
      this.#ownerBySeat.set(id, after.owner ?? null)
    }
  }

  /** At the end: what was told agrees with the sales that are there. */
  checkTold(): void {
    const head = this.history.head
    const buyerByToken = new Map<unknown, unknown>()
    let pieces = 0
    for (const { values } of this.history.rowsAt('sales', head)) {
      if (buyerByToken.has(values.token)) throw new Violation('G7', `the purchase ${values.token} was made twice`)
      buyerByToken.set(values.token, values.buyer)
      const [of, count] = (values.of as string).split(':')
      if (of === 'k1') pieces += Number(count)
    }
    for (const [token, { userId, isSold }] of this.#told) {
      if (isSold !== (buyerByToken.get(token) === userId)) {
        throw new Violation('G12', `${userId} was told that ${token} was ${isSold ? '' : 'not '}sold`)
      }
    }
    const left = this.history.rowAt('stocks', 'k1', head)?.left
    if (left !== undefined && (left as number) + pieces !== 10)
      throw new Violation('G12', `10 pieces became ${left} and ${pieces} sold`)
  }
}
