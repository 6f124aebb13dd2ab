import type { Watch } from './GatewaySession.js'
import type { PlannedItems } from './PlannedItems.js'
import type { CatchUpPlan } from './planCatchUp.js'

export type PlannedCatchUp =
  | Extract<CatchUpPlan, { kind: 'ask' }>
  | (Extract<CatchUpPlan, { kind: 'serve' }> & { readonly planned: PlannedItems })

/** Plans by the reading that they were made of, for as long as that is kept for others. */
export class SharedPlans {
  readonly #plansByReading = new WeakMap<object, Map<string, PlannedCatchUp>>()

  of(reading: object, question: string, make: () => PlannedCatchUp): PlannedCatchUp {
    const plans = this.#plansByReading.get(reading) ?? new Map<string, PlannedCatchUp>()
    this.#plansByReading.set(reading, plans)
    const known = plans.get(question)
    if (known !== undefined) return known
    const made = make()
    plans.set(question, made)
    return made
  }
}

/** All that tells a watch in a round from others after the same reading; null if it holds what nobody else does. */
export function questionOf(watch: Watch, index: number): string | null {
  if (watch.phase.kind !== 'lacking') return null
  const { resume, refill } = watch.phase
  const { view, limit, bound, count } = watch
  if (resume === null) return JSON.stringify([index, view.number, limit])
  if (resume.held !== null) return null
  return JSON.stringify([index, view.number, limit, resume.cursor, bound, count, refill])
}
