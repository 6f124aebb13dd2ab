import { hash64 } from '@tidemark/core'

/**
 * The part of a lone tab's replica (see `replicaName`) over a reload of its page. A duplicated tab gets a copy of the
 * session storage, so while a page is shown its part is not in there. It is only where the tab looks first: no
 * replica is used that another tab holds.
 */
export class KeptPart {
  readonly #key: string
  readonly #session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  readonly #page: Pick<EventTarget, 'addEventListener'>

  /** `name` is the replica's without a part: a page may show several. */
  constructor(
    name: string,
    session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = sessionStorage,
    page: Pick<EventTarget, 'addEventListener'> = window,
  ) {
    this.#key = `tidemark tab ${hash64(name)}`
    this.#session = session
    this.#page = page
  }

  take(): string | null {
    const part = this.#session.getItem(this.#key)
    this.#session.removeItem(this.#key)
    return part
  }

  keep(part: string): void {
    this.#page.addEventListener('pagehide', () => this.#session.setItem(this.#key, part))
    this.#page.addEventListener('pageshow', () => this.#session.removeItem(this.#key))
  }
}
