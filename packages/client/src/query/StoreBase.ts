import type { LiveStore } from '../LiveState.js'

/** The listeners of a store, and when the first comes and the last goes. */
export abstract class StoreBase<T> implements LiveStore<T> {
  readonly #listeners = new Set<() => void>()
  #snapshot: T | undefined
  /** What the listeners have seen. */
  #told: T | undefined

  /** Called when the first listener comes. */
  onMount: () => void = () => undefined

  protected abstract compute(): T
  /** Whether two snapshots show the same. */
  protected abstract isSame(a: T, b: T): boolean
  protected mounted(): void {}
  protected unmounted(): void {}

  getSnapshot = (): T => {
    const next = this.compute()
    if (this.#snapshot === undefined || !this.isSame(this.#snapshot, next)) this.#snapshot = Object.freeze(next)
    return this.#snapshot
  }

  getServerSnapshot = (): T => this.getSnapshot()

  subscribe = (listener: () => void): (() => void) => {
    const own = (): void => listener() // the same function twice is two listeners
    this.#listeners.add(own)
    if (this.#listeners.size === 1) {
      this.#told = this.getSnapshot()
      this.onMount()
      this.mounted()
    }
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.unmounted()
    }
  }

  get isMounted(): boolean {
    return this.#listeners.size > 0
  }

  /** Looks whether something changed, and says so. */
  refresh(): void {
    if (this.#listeners.size === 0) return
    const now = this.getSnapshot()
    if (now === this.#told) return
    this.#told = now
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Equal in each member; members that are objects count by identity. */
export function isSameShape<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[]
  return keys.length === Object.keys(b).length && keys.every(key => Object.is(a[key], b[key]))
}
