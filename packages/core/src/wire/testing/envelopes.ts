import fc from 'fast-check'
import type { CommittedChange } from '../../change/CommittedChange.js'
import type { Envelope } from '../../change/Envelope.js'
import { isPrototypeKey } from '../../json/checkJson.js'
import type { RowValues } from '../../row/RowValues.js'
import { answerArbitrary, jsonArbitrary } from './messages.js'

const text = fc.string({ unit: 'binary', maxLength: 12 })
/** Few enough to come again. */
const word = fc.oneof(fc.constantFrom('alice', 'tasks', 'title', '$updatedBy', ''), text)
const field = word.filter(name => !isPrototypeKey(name))
const values: fc.Arbitrary<RowValues> = fc.dictionary(field, jsonArbitrary, { maxKeys: 5, noNullPrototype: true })
const fields = fc.array(field, { maxLength: 3 })
const record = <T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>

const change = (from: number): fc.Arbitrary<CommittedChange> => {
  const base = {
    seq: fc.nat().map(distance => from + distance),
    userId: word,
    at: fc.integer({ min: 0, max: 2 ** 42 }),
  }
  const row = { ...base, collection: word, id: text, fields }
  const is = <const K extends string>(kind: K) => fc.constant(kind)
  const none = fc.constant(null)
  return fc.oneof(
    record({ ...row, kind: is('insert'), after: values, before: none }),
    record({ ...row, kind: is('update'), after: values, before: values }),
    record({ ...row, kind: is('remove'), after: none, before: values }),
    record({ ...base, kind: is('body'), collection: word, id: text, update: fc.uint8Array({ maxLength: 40 }) }),
    record({ ...base, kind: is('access'), subject: fc.option(word) }),
  )
}

export const envelopeArbitrary: fc.Arbitrary<Envelope> = fc
  .tuple(text, fc.nat(), fc.nat())
  .chain(([workspace, from, length]) =>
    record({
      workspace: fc.constant(workspace),
      epoch: fc.maxSafeNat(),
      from: fc.constant(from),
      to: fc.constant(from + length),
      changes: fc.array(change(from), { maxLength: 5 }),
      answers: fc.array(record({ replica: word, answer: answerArbitrary }), { maxLength: 4 }),
    }),
  )
