import { andWhere, type Condition, canonicalWhere, type Scalar, splitEquality } from '@tidemark/core'

export interface IndexedTerms {
  /** Sorted. */
  readonly fields: readonly string[]
  /** The values that each of the fields may have, in the same order. */
  readonly valueLists: readonly (readonly Scalar[])[]
  /** What is to be evaluated on rows that pass, in canonical form. */
  readonly rest: Condition
}

/** A view has a key for each combination of its values: beyond this many the widest terms are evaluated instead. */
const maxKeys = 64

/** Which terms of a condition the index looks up. Those with few values come first: they say most. */
export function indexedTerms(condition: Condition): IndexedTerms {
  const { equality, rest } = splitEquality(condition)
  const indexed: (readonly [string, readonly Scalar[]])[] = []
  let evaluated = rest
  let keys = 1
  for (const [field, values] of [...equality].sort(([, a], [, b]) => a.length - b.length)) {
    if (keys * values.length <= maxKeys) {
      keys *= values.length
      indexed.push([field, values])
    } else evaluated = andWhere(evaluated, { op: 'in', field, values })
  }
  indexed.sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    fields: indexed.map(([field]) => field),
    valueLists: indexed.map(([, values]) => values),
    rest: evaluated === rest ? rest : canonicalWhere(evaluated),
  }
}
