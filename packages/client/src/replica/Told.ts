import type { Snapshot } from '@tidemark/core'
import type { HeldPart } from './applyPart.js'
import type { Sub } from './Subs.js'

/** A part; without a subscription if that was asked anew or given up since. */
interface ToldPart {
  readonly sub: Sub | null
  readonly part: HeldPart
}

/** The parts that the node told in a session and that are not in force before a `caughtUp`. */
export class Told {
  readonly #partsBySub = new Map<Sub, HeldPart[]>()
  /** Parts of questions that are void: what else is being caught up may count on their rows. */
  #strays: HeldPart[] = []
  #arrivals = 0

  /** Those that are as of `seq` or older, the oldest first, and of one age in the order in which they came. */
  upTo(seq: number): readonly ToldPart[] {
    const told: ToldPart[] = this.#strays.map(part => ({ sub: null, part }))
    for (const [sub, parts] of this.#partsBySub) for (const part of parts) told.push({ sub, part })
    return told
      .filter(({ part }) => part.seq <= seq)
      .sort((a, b) => a.part.seq - b.part.seq || a.part.order - b.part.order)
  }

  partsOf(sub: Sub): readonly HeldPart[] {
    return this.#partsBySub.get(sub) ?? []
  }

  part(sub: Sub, snapshot: Snapshot): void {
    const part = this.#held(snapshot)
    const parts = this.#partsBySub.get(sub)
    if (parts) parts.push(part)
    else this.#partsBySub.set(sub, [part])
  }

  /** A part that answers nothing any more. */
  stray(snapshot: Snapshot): void {
    this.#strays.push(this.#held(snapshot))
  }

  /** Its question is void. */
  strayed(sub: Sub): void {
    this.#strays.push(...this.partsOf(sub))
    this.#partsBySub.delete(sub)
  }

  /** It is live with its parts. */
  applied(sub: Sub): void {
    this.#partsBySub.delete(sub)
  }

  /** Nobody counts on strays any more. */
  forgetStrays(): void {
    this.#strays = []
  }

  ended(): void {
    this.#partsBySub.clear()
    this.#strays = []
  }

  #held(snapshot: Snapshot): HeldPart {
    return { ...snapshot, order: ++this.#arrivals }
  }
}
