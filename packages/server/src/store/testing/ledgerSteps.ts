import type { FieldEdits } from '@tidemark/core'
import fc from 'fast-check'
import type { Step } from './Ledger.js'

const key = fc.record({ collection: fc.constantFrom('tasks', 'notes'), id: fc.constantFrom('a', 'b', 'c', 'd') })
const title = fc.constantFrom('', 'Buy milk', 'Ünï', '😀')
const label = fc.constantFrom('bug', 'idea', 'it"s')
const labels = fc.uniqueArray(label, { maxLength: 3 }).map(found => found.sort())

const edits: fc.Arbitrary<FieldEdits> = fc
  .record(
    {
      title: title.map(value => ({ kind: 'set' as const, value })),
      status: fc.constantFrom('todo', 'done', null).map(value => ({ kind: 'set' as const, value })),
      votes: fc.integer({ min: -3, max: 3 }).map(by => ({ kind: 'increment' as const, by })),
      labels: fc.record({ kind: fc.constant('elements' as const), add: labels, remove: labels }),
    },
    { requiredKeys: [] },
  )
  .map(found => ({ ...found }))

/** Random steps over few records, so that they meet: a record is made, changed, typed in and removed in one history. */
export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      key,
      values: fc.record({ title, status: fc.constantFrom('todo', 'done', null), votes: fc.constant(0), labels }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('update' as const), key, edits }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('type' as const),
      key,
      text: fc.constantFrom('one ', 'two ', 'three '),
      isSmall: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('access' as const), subject: fc.constantFrom('bob', null) }),
  },
)

/** Histories as batches of one to five steps. */
export const batchesArbitrary = fc.array(fc.array(stepArbitrary, { minLength: 1, maxLength: 5 }), { maxLength: 12 })
