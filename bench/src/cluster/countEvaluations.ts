import { type Residual, Residuals } from '@tidemark/server/testing'

/** Counts from now on how often this process evaluates a condition on a row of a change. */
export function countEvaluations(): () => number {
  let count = 0
  const counting = new WeakSet<Residual>()
  const use = Residuals.prototype.use
  Residuals.prototype.use = function (condition) {
    const residual = use.call(this, condition) as { matches: Residual['matches'] } & Residual
    if (counting.has(residual)) return residual
    counting.add(residual)
    const { matches } = residual
    residual.matches = row => {
      count++
      return matches(row)
    }
    return residual
  }
  return () => count
}
