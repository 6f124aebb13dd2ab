import { checkPatch, editValues, modelOf, type RowValues } from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tasks } from '../testing/tracker.js'
import { mergePatches, patchOf } from './mergePatches.js'

const model = modelOf(tasks)
const element = fc.constantFrom('a', 'b', 'c')
const elements = fc.uniqueArray(element)
const labels = fc.oneof(
  elements,
  fc.tuple(elements, elements).map(([add, remove]) => ({ add, remove: remove.filter(item => !add.includes(item)) })),
)
const patch = fc.record(
  {
    title: fc.constantFrom('one', 'two'),
    votes: fc.integer({ min: -9, max: 9 }).map(increment => ({ increment: increment === 0 ? 0 : increment })),
    labels,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<RowValues>

/** The fields after a patch; when and by whom is not compared: edits that cancel each other out are none. */
function apply(row: RowValues, change: RowValues): RowValues {
  const edited = editValues(row, checkPatch(model, change, { decided: false }), 0, 'alice')
  return Object.fromEntries(Object.entries(edited).filter(([field]) => !field.startsWith('$')))
}

describe('mergePatches', () => {
  it('[CL-OUTBOX-5] one merged patch does to any row what both do one after the other', () => {
    fc.assert(
      fc.property(patch, patch, elements, (earlier, later, start) => {
        const row: RowValues = { title: 'zero', votes: 1, labels: [...start].sort() }
        const merged = mergePatches(model, earlier, later)
        expect(merged).toBeDefined()
        expect(apply(row, merged as RowValues)).toEqual(apply(apply(row, earlier), later))
      }),
      { numRuns: 1_000 },
    )
  })

  it('[CL-OUTBOX-5] the patch of its edits is the patch', () => {
    fc.assert(
      fc.property(patch, given => {
        const edits = checkPatch(model, given, { decided: false })
        expect(checkPatch(model, patchOf(edits), { decided: false })).toEqual(edits)
      }),
    )
  })

  it('[CL-OUTBOX-5] a sum that no counter takes is not merged', () => {
    const most = { votes: { increment: Number.MAX_SAFE_INTEGER } }
    expect(mergePatches(model, most, { votes: { increment: 1 } })).toBeUndefined()
  })
})
