import type { Held } from './held.js'
import type { Wanted } from './Wanted.js'

/**
 *   wanted ──welcomed, want──► asked ──caughtUp──► live ──moving──► moving ──caughtUp──► live
 *      ▲                         │ ▲                 │
 *      │                         │ └──reconcile──────┤
 *      └────────ended────────────┴───────────────────┘
 *
 * `held` is what was named in a reconciliation.
 */
export type Progress =
  | { readonly kind: 'wanted' }
  | { readonly kind: 'asked'; readonly held: Held | null }
  | { readonly kind: 'live'; readonly view: number }
  /** The node moves its window or reads its body: it stands where it is, and a `caughtUp` will come unasked. */
  | { readonly kind: 'moving' }

export interface Sub {
  /** A new one with each question of a session: what the node still says to an earlier one is not its answer. */
  readonly subId: number
  wanted: Wanted
  readonly progress: Progress
  /** Ask for everything at the next chance: what is here cannot be continued. */
  isVoid: boolean
  /** Was live, and changes have passed by since: to a listener they are a gap. */
  hasMissed: boolean
}

type Moving<T> = { -readonly [K in keyof T]: T[K] }

/** The subscriptions of a leading tab, by all that names them: key, number of the last question, view in which they are live. */
export class Subs {
  readonly #byKey = new Map<string, Moving<Sub>>()
  readonly #bySubId = new Map<number, Sub>()
  readonly #byView = new Map<number, Set<Sub>>()
  #nextSubId = 1

  get all(): readonly Sub[] {
    return [...this.#byKey.values()]
  }

  /** All are live. */
  get areLive(): boolean {
    for (const { progress } of this.#byKey.values()) if (progress.kind !== 'live') return false
    return true
  }

  /** The node has something to say to one of them before it is live. */
  get areServed(): boolean {
    for (const { progress } of this.#byKey.values())
      if (progress.kind === 'asked' || progress.kind === 'moving') return true
    return false
  }

  of(key: string): Sub | undefined {
    return this.#byKey.get(key)
  }

  bySubId(subId: number): Sub | undefined {
    return this.#bySubId.get(subId)
  }

  liveIn(view: number): Iterable<Sub> {
    return this.#byView.get(view) ?? []
  }

  add(wanted: Wanted): Sub {
    const sub: Sub = {
      subId: this.#nextSubId++,
      wanted,
      progress: { kind: 'wanted' },
      isVoid: false,
      hasMissed: wanted.resumes,
    }
    this.#byKey.set(wanted.watch.key, sub)
    this.#bySubId.set(sub.subId, sub)
    return sub
  }

  remove(sub: Sub): void {
    this.move(sub, { kind: 'wanted' })
    this.#byKey.delete(sub.wanted.watch.key)
    this.#bySubId.delete(sub.subId)
  }

  move(sub: Moving<Sub>, progress: Progress): void {
    if (sub.progress.kind === 'live') this.#leave(sub, sub.progress.view)
    sub.progress = progress
    if (progress.kind !== 'live') return
    const inView = this.#byView.get(progress.view)
    if (inView) inView.add(sub)
    else this.#byView.set(progress.view, new Set([sub]))
  }

  /** It is asked once more. Gives the number that it had. */
  renumber(sub: Moving<Sub>): number {
    const { subId } = sub
    this.#bySubId.delete(subId)
    sub.subId = this.#nextSubId++
    this.#bySubId.set(sub.subId, sub)
    return subId
  }

  #leave(sub: Sub, view: number): void {
    const inView = this.#byView.get(view)
    inView?.delete(sub)
    if (inView?.size === 0) this.#byView.delete(view)
  }
}
