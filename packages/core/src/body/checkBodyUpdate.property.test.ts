import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { AllowedRoots, BodyVerdict } from './checkBodyUpdate.js'
import { indexOfState } from './indexOfState.js'
import { sameBody } from './sameBody.js'
import { docOf, judge, stateOf, updateOf } from './testing/bodies.js'

/** One step of a history: who does what, with two numbers to choose places by. */
const step = fc.record({
  actor: fc.nat(2),
  action: fc.constantFrom('edit', 'edit', 'edit', 'pull', 'push one', 'push some', 'push all', 'push mutated'),
  a: fc.nat(1_000_000),
  b: fc.nat(1_000_000),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const schemaRoots: AllowedRoots = new Map([
  ['notes', 'text'],
  ['page', 'richText'],
])

/** Any edit that an editor of a text, of a rich text or (in an open collection) of anything makes. */
function edit(doc: Y.Doc, a: number, b: number, isOpen: boolean): void {
  const notes = doc.getText('notes')
  const page = doc.getXmlFragment('page')
  const at = b % (notes.length + 1)
  const length = Math.min(1 + (b % 5), notes.length - at)
  const choices = [
    () => notes.insert(at, 'abc😀défg'.slice(0, 1 + (a % 9))),
    () => notes.delete(at, length),
    () => notes.format(at, length, { bold: a % 2 === 0 ? true : null }),
    () => notes.insertEmbed(at, { image: 'x'.repeat(a % 3) }),
    () => {
      const element = new Y.XmlElement('p')
      element.insert(0, [new Y.XmlText(`t${b}`)])
      page.insert(b % (page.length + 1), [element])
    },
    () => {
      const element = page.length === 0 ? undefined : page.get(b % page.length)
      if (element instanceof Y.XmlElement) element.setAttribute('level', `${a % 3}`)
    },
    () => {
      if (page.length > 0) page.delete(b % page.length, 1)
    },
    () => doc.getMap<unknown>('map').set(`k${b % 3}`, a % 4 === 0 ? new Y.Map([['x', b]]) : { deep: [a, null] }),
    () => doc.getMap('map').delete(`k${b % 3}`),
    () => doc.getArray<unknown>('list').insert(b % (doc.getArray('list').length + 1), [a, 'two', new Uint8Array([3])]),
  ]
  choices[a % (isOpen ? choices.length : 7)]!()
}

function mutate(bytes: Uint8Array, a: number, b: number): Uint8Array {
  const mutated = bytes.slice(0, a % 7 === 0 ? b % (bytes.length + 1) : bytes.length)
  if (mutated.length > 0) mutated[b % mutated.length] = a % 256
  if (a % 3 === 0 && mutated.length > 0) mutated[(a >>> 3) % mutated.length]! ^= 1 << (b % 8)
  return mutated
}

/** Plays a history and calls `pushed` with each verdict before it is applied. */
function play(
  steps: readonly Step[],
  isOpen: boolean,
  pushed: (server: Y.Doc, update: Uint8Array, verdict: BodyVerdict, isMutated: boolean) => void,
): { server: Y.Doc; actors: Y.Doc[] } {
  const server = docOf(1)
  const actors = [docOf(11), docOf(22), docOf(33)]
  const madeBy: Uint8Array[][] = [[], [], []]
  const allowedRoots = isOpen ? 'any' : schemaRoots
  for (const { actor, action, a, b } of steps) {
    const doc = actors[actor]!
    const made = madeBy[actor]!
    if (action === 'edit') {
      const update = updateOf(doc, () => edit(doc, a, b, isOpen))
      if (update.length > 2) made.push(update)
    } else if (action === 'pull') {
      Y.applyUpdate(doc, stateOf(server))
    } else {
      if (made.length === 0) continue
      const from = a % made.length
      const some = made.slice(from, from + 1 + (b % 4))
      const update =
        action === 'push one'
          ? made[from]!
          : action === 'push some'
            ? Y.mergeUpdates(b % 2 === 0 ? some : some.filter((_, i) => i !== 1))
            : action === 'push all'
              ? stateOf(doc)
              : mutate(b % 2 === 0 ? stateOf(doc) : Y.mergeUpdates(some), a, b)
      const before = stateOf(server)
      const verdict = judge(server, update, { allowedRoots })
      expect(stateOf(server)).toEqual(before)
      expect(judge(indexOfState(before), update, { allowedRoots })).toEqual(verdict)
      pushed(server, update, verdict, action === 'push mutated')
    }
  }
  return { server, actors }
}

function isPending({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}

describe('random histories of three writers', () => {
  it('[C-BODY-1] [C-BODY-2] what passes leaves nothing pending, what does not would have: as Yjs itself decides', () => {
    const seen = { new: 0, contained: 0, refused: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 100 }), fc.boolean(), (steps, isOpen) => {
        const { server, actors } = play(steps, isOpen, (server, update, verdict, isMutated) => {
          if (isMutated) return
          const naive = docOf(1, stateOf(server))
          const before = stateOf(naive)
          Y.applyUpdate(naive, update)
          seen[verdict.kind]++
          expect(isPending(naive)).toBe(verdict.kind === 'refused')
          if (verdict.kind === 'refused') {
            expect(verdict.code).toBe('REBASE')
          } else if (verdict.kind === 'contained') {
            expect(sameBody(stateOf(naive), before)).toBe(true)
          } else {
            expect(sameBody(stateOf(naive), before)).toBe(false)
            Y.applyUpdate(server, verdict.update)
            expect(isPending(server)).toBe(false)
            expect(sameBody(stateOf(server), stateOf(naive))).toBe(true)
            expect(judge(server, verdict.update).kind).toBe('contained')
          }
        })
        // On seeing others' formatting an editor's text tidies its own, so agreement takes a few rounds.
        for (let round = 0; round < 4; round++) {
          for (const doc of actors) {
            const verdict = judge(server, stateOf(doc), { allowedRoots: isOpen ? 'any' : schemaRoots })
            expect(verdict.kind).not.toBe('refused')
            if (verdict.kind === 'new') Y.applyUpdate(server, verdict.update)
            Y.applyUpdate(doc, stateOf(server))
          }
        }
        for (const doc of actors) {
          expect(judge(server, stateOf(doc)).kind).toBe('contained')
          expect(sameBody(stateOf(doc), stateOf(server))).toBe(true)
        }
      }),
      { seed: 20, numRuns: 80 },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  }, 60_000)

  it('[C-BODY-1] a mutated update that passes is applied whole, without an error, and stays readable', () => {
    let passed = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), fc.boolean(), (steps, isOpen) => {
        play(steps, isOpen, (server, _update, verdict) => {
          if (verdict.kind !== 'new') return
          passed++
          Y.applyUpdate(server, verdict.update)
          expect(isPending(server)).toBe(false)
          const again = docOf(1, stateOf(server))
          expect(isPending(again)).toBe(false)
          expect(sameBody(stateOf(again), stateOf(server))).toBe(true)
          expect(judge(server, verdict.update).kind).toBe('contained')
        })
      }),
      { seed: 21, numRuns: 200 },
    )
    expect(passed).toBeGreaterThan(500)
  }, 60_000)
})
