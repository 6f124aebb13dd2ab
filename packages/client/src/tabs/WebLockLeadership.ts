import type { Leadership } from './Leadership.js'

/**
 * The tab that holds the Web Lock of the replica leads. The browser passes the lock on when that tab closes or crashes,
 * in the order of the requests. It is never stolen: a leader that lives is not put aside.
 */
export class WebLockLeadership implements Leadership {
  readonly #name: string
  readonly #locks: Pick<LockManager, 'request'>
  readonly #waiting = new AbortController()
  #stepDown: (() => void) | undefined

  /** `name`: by `replicaName`. */
  constructor(name: string, locks: Pick<LockManager, 'request'> = navigator.locks) {
    this.#name = name
    this.#locks = locks
  }

  request(lead: () => void): void {
    const { signal } = this.#waiting
    const leading = this.#locks.request(this.#name, { signal }, () => {
      // Released after it was granted and before this was called.
      if (signal.aborted) return
      lead()
      return new Promise<void>(resolve => {
        this.#stepDown = resolve
      })
    })
    leading.catch(error => {
      if (!signal.aborted) throw error
    })
  }

  release(): void {
    this.#waiting.abort()
    this.#stepDown?.()
  }
}
