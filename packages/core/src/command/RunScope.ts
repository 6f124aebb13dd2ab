import { TidemarkError } from '../error/TidemarkError.js'
import type { Refusal } from '../mutation/Answer.js'
import type { CommandTx } from './CommandTx.js'
import { isWriteFault } from './refusals.js'
import { UnreadSignal } from './UnreadSignal.js'

/** How a run ended before it returned. */
export type RunEnd =
  | { readonly kind: 'rejected'; readonly refusal: Refusal }
  | { readonly kind: 'unread'; readonly target: unknown }
  /** The transaction itself broke: nothing that the command did. */
  | { readonly kind: 'broken'; readonly error: unknown }

/**
 * Watches one run of a command through its transaction. The first end holds, even where the command's code swallows
 * the exception that carries it: from then on every call throws again, and nothing more is read or written.
 */
export class RunScope {
  #end: RunEnd | undefined
  #isOver = false
  readonly tx: CommandTx

  constructor(tx: CommandTx) {
    this.tx = {
      get: (c, id) => this.#guard(() => tx.get(c, id)),
      list: (c, query) => this.#guard(() => tx.list(c, query)),
      insert: (c, row) => this.#guard(() => tx.insert(c, row)),
      upsert: (c, id, row) => this.#guard(() => tx.upsert(c, id, row)),
      update: (c, id, patch) => this.#guard(() => tx.update(c, id, patch)),
      remove: (c, id) => this.#guard(() => tx.remove(c, id)),
    }
  }

  get end(): RunEnd | undefined {
    return this.#end
  }

  reject(refusal: Refusal): never {
    this.#mustGoOn()
    throw this.#endWith({ kind: 'rejected', refusal })
  }

  /** Whoever kept `tx` or `reject` can do nothing with it any more. */
  close(): void {
    this.#isOver = true
  }

  #guard<T>(call: () => T): T {
    this.#mustGoOn()
    try {
      return call()
    } catch (error) {
      if (error instanceof UnreadSignal) throw this.#endWith({ kind: 'unread', target: error.target })
      // A write that cannot be made (NOT_FOUND, EXISTS, INVALID …) is the command's to catch, or else its rejection.
      if (isWriteFault(error)) throw error
      throw this.#endWith({ kind: 'broken', error })
    }
  }

  #mustGoOn(): void {
    if (this.#isOver) throw new TidemarkError('CLOSED', 'The run is over: tx and reject work only while it lasts.')
    if (this.#end) throw new EndOfRun()
  }

  #endWith(end: RunEnd): EndOfRun {
    this.#end = end
    return new EndOfRun()
  }
}

class EndOfRun extends Error {
  override readonly name = 'EndOfRun'
  constructor() {
    super('The command has ended: let this exception pass.')
  }
}
