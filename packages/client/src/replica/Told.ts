import type { Chunk, Snapshot } from '@tidemark/core'
import type { HeldPart } from './applyPart.js'
import type { Sub } from './Subs.js'

/** Of a row: a part that came before it may have taken it back. */
export type RecordChunk = Extract<Chunk, { readonly kind: 'row' | 'patch' | 'removed' }>

interface ToldChange {
  readonly order: number
  readonly chunk: RecordChunk
}

/** A part; without a subscription if that was asked anew or given up since. */
interface ToldPart {
  readonly order: number
  readonly sub: Sub | null
  readonly part: HeldPart
}

/**
 * What the node told in a session and what is not in force before a `caughtUp`: parts, and what changed while they wait, in
 * the order in which they came.
 */
export class Told {
  readonly #partsBySub = new Map<Sub, HeldPart[]>()
  /** Parts of questions that are void: what else is being caught up may count on their rows. */
  #strays: HeldPart[] = []
  #changes: ToldChange[] = []
  #arrivals = 0

  get inOrder(): readonly (ToldChange | ToldPart)[] {
    const told: (ToldChange | ToldPart)[] = [...this.#changes]
    for (const part of this.#strays) told.push({ order: part.order, sub: null, part })
    for (const [sub, parts] of this.#partsBySub) for (const part of parts) told.push({ order: part.order, sub, part })
    return told.sort((a, b) => a.order - b.order)
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
    this.#strays.push(...this.partsOf(sub).filter(({ isSpread }) => !isSpread))
    this.#partsBySub.delete(sub)
  }

  changed(chunk: RecordChunk): void {
    if (this.#hasParts) this.#changes.push({ order: ++this.#arrivals, chunk })
  }

  /** It is live with its parts. */
  applied(sub: Sub): void {
    this.#partsBySub.delete(sub)
  }

  /** Nobody counts on strays any more. */
  forgetStrays(): void {
    this.#strays = []
  }

  /** Everything told up to here is in force or held in what waits still. */
  caughtUp(): void {
    this.#strays = []
    if (!this.#hasParts) this.#changes = []
  }

  ended(): void {
    this.#partsBySub.clear()
    this.#strays = []
    this.#changes = []
  }

  get #hasParts(): boolean {
    return this.#strays.length > 0 || this.#partsBySub.size > 0
  }

  #held(snapshot: Snapshot): HeldPart {
    return { ...snapshot, order: ++this.#arrivals, isSpread: false }
  }
}
