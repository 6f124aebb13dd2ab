import type { Answer, OutcomeOf, Receipt } from '@tidemark/core'

// biome-ignore lint/suspicious/noExplicitAny: the codes are those of whatever was written
type AnyOutcome = OutcomeOf<unknown, any>
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnyReceipt = Receipt<unknown, any>

interface Pending {
  readonly receipt: AnyReceipt
  save(): void
  fail(error: unknown): void
  settle(outcome: AnyOutcome): void
}

/** The receipts of this tab's calls, until they are decided. */
export class Receipts {
  readonly #pendingByWriteId = new Map<string, Pending>()
  readonly #cancel: (writeId: string) => Promise<boolean>
  readonly #acknowledge: (writeId: string) => void

  constructor(cancel: (writeId: string) => Promise<boolean>, acknowledge: (writeId: string) => void) {
    this.#cancel = cancel
    this.#acknowledge = acknowledge
  }

  get(writeId: string): AnyReceipt | undefined {
    return this.#pendingByWriteId.get(writeId)?.receipt
  }

  open(writeId: string): AnyReceipt {
    const known = this.#pendingByWriteId.get(writeId)
    if (known) return known.receipt
    let save!: () => void
    let fail!: (error: unknown) => void
    let settle!: (outcome: AnyOutcome) => void
    const saved = new Promise<void>((resolve, reject) => {
      save = resolve
      fail = reject
    })
    saved.catch(() => undefined) // who does not ask need not be told
    const outcome = new Promise<AnyOutcome>(resolve => {
      settle = resolve
    })
    const receipt = Object.freeze({ writeId, saved, outcome, cancel: () => this.#cancel(writeId) })
    this.#pendingByWriteId.set(writeId, { receipt, save, fail, settle })
    return receipt
  }

  saved(writeId: string): void {
    this.#pendingByWriteId.get(writeId)?.save()
  }

  /** `entry`: what the call was absorbed into, and so what is in the inbox of it. */
  answered(writeId: string, answer: Answer, entry = writeId): void {
    this.#settle(writeId, this.#outcomeOf(entry, answer))
  }

  cancelled(writeId: string): void {
    this.#settle(writeId, { status: 'cancelled' })
  }

  /** It could not be stored, and so was never made. */
  failed(writeId: string, error: unknown): void {
    this.#pendingByWriteId.get(writeId)?.fail(error)
    this.#settle(writeId, { status: 'cancelled' })
  }

  /** Signed out with `discard`: nothing that was open will be decided. */
  cancelAll(): void {
    for (const writeId of [...this.#pendingByWriteId.keys()]) this.cancelled(writeId)
  }

  #settle(writeId: string, outcome: AnyOutcome): void {
    const pending = this.#pendingByWriteId.get(writeId)
    pending?.save()
    pending?.settle(outcome)
    this.#pendingByWriteId.delete(writeId)
  }

  #outcomeOf(writeId: string, answer: Answer): AnyOutcome {
    if (answer.status === 'accepted') return { status: 'accepted', result: answer.result }
    const { code, details, message } = answer
    const acknowledge = (): void => this.#acknowledge(writeId)
    return { status: 'rejected', code, details, message, acknowledge } as AnyOutcome
  }
}
