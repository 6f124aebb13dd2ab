import { type Condition, canonicalJson, compileMatcher, type Matcher } from '@tidemark/core'

/** What is left of a condition when its equality terms are looked up. Compiled once for all views that have it. */
export interface Residual {
  readonly name: string
  readonly matches: Matcher
  /** How many views have it. */
  uses: number
}

/** Equal conditions become one residual, which lives as long as a view has it. */
export class Residuals {
  readonly #residualByName = new Map<string, Residual>()

  get size(): number {
    return this.#residualByName.size
  }

  /** The condition is in canonical form. */
  use(condition: Condition): Residual {
    const name = canonicalJson(condition)
    let residual = this.#residualByName.get(name)
    if (residual === undefined) {
      residual = { name, matches: compileMatcher(condition), uses: 0 }
      this.#residualByName.set(name, residual)
    }
    residual.uses++
    return residual
  }

  release(residual: Residual): void {
    residual.uses--
    if (residual.uses === 0) this.#residualByName.delete(residual.name)
  }
}
