import type { LiveStore } from '@tidemark/client'
import {
  type Json,
  type Other,
  type Out,
  type PresenceScope,
  presenceDefinitionOf,
  type Schema,
  TidemarkError,
} from '@tidemark/core'

/** What is shown from here at one place. */
export interface OwnPresence<T> {
  /** Undefined while nothing is shown. */
  readonly me: T | undefined
  /** Shows this, merged into what is shown already. Throws `INVALID`. */
  set(patch: Partial<T>): void
  leave(): void
}

/** A place as the client has it. */
export type PresencePlace<T> = LiveStore<readonly Other<T>[]> & { set(patch: Partial<T>): void; leave(): void }

const seatByPlace = new WeakMap<object, PresenceSeat<never>>()

/** The one seat at a place, whichever components sit on it. */
export function seatAt<S extends Schema>(place: PresencePlace<Out<S>>, scope: PresenceScope<S>): PresenceSeat<Out<S>> {
  const known = seatByPlace.get(place) as PresenceSeat<Out<S>> | undefined
  if (known) return known
  const seat = new PresenceSeat(place, scope)
  seatByPlace.set(place, seat as unknown as PresenceSeat<never>)
  return seat
}

/**
 * What the components of this page show at one place, together.
 *
 * Nobody shows anything after the last of them has gone. The release waits for the end of the task: StrictMode and Fast
 * Refresh unmount and mount again within one, and others shall not see that. What is set while nobody sits here (a
 * listener that outlived its component, or an effect that ran before its parent's) is released in the same way.
 */
export class PresenceSeat<T> implements LiveStore<OwnPresence<T>> {
  readonly #place: PresencePlace<T>
  readonly #scope: PresenceScope
  readonly #empty: OwnPresence<T>
  readonly #listeners = new Set<() => void>()
  #own: OwnPresence<T>
  #holders = 0

  constructor(place: PresencePlace<T>, scope: PresenceScope) {
    this.#place = place
    this.#scope = scope
    this.#empty = this.#owning(undefined)
    this.#own = this.#empty
  }

  getSnapshot = (): OwnPresence<T> => this.#own

  getServerSnapshot = (): OwnPresence<T> => this.#empty

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Sits down, showing `initial` if nothing is shown yet; returns how to get up. */
  hold(initial: object | undefined): () => void {
    if (initial !== undefined && this.#own.me === undefined) this.#set(initial)
    this.#holders += 1
    return () => {
      this.#holders -= 1
      this.#releaseLater()
    }
  }

  #set = (patch: object): void => {
    const checked = presenceDefinitionOf(this.#scope).validate({ ...this.#own.me, ...patch })
    if ('issues' in checked) throw new TidemarkError('INVALID', undefined, { issues: checked.issues })
    const me = checked.value as Json & T
    this.#place.set(me)
    this.#show(this.#owning(me))
    this.#releaseLater()
  }

  #leave = (): void => {
    if (this.#own === this.#empty) return
    this.#place.leave()
    this.#show(this.#empty)
  }

  #releaseLater(): void {
    if (this.#holders > 0) return
    setTimeout(() => {
      if (this.#holders === 0) this.#leave()
    })
  }

  #show(own: OwnPresence<T>): void {
    if (own === this.#own) return
    this.#own = own
    for (const listener of [...this.#listeners]) listener()
  }

  #owning(me: T | undefined): OwnPresence<T> {
    return Object.freeze({ me: me && Object.freeze(me), set: this.#set, leave: this.#leave })
  }
}
