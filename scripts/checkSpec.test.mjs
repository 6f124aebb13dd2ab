import { describe, expect, it } from 'vitest'
import { citationsOf, problemsOf, rulesOf } from './checkSpec.mjs'

const cite = (...ids) => ids.map(id => ({ id, place: `${id}.test.ts:1` }))

describe('rulesOf', () => {
  it('reads the ids of list items in bold, and nothing else', () => {
    const text = '## Row\n\n- **C-ROW-1** the later edit wins\n- **bold** words\n- [C-ROW-2] text\n- **C-ROW-3** more\n'
    expect(rulesOf(text)).toEqual(['C-ROW-1', 'C-ROW-3'])
  })
})

describe('citationsOf', () => {
  const idsIn = text => citationsOf('x.test.ts', text).map(({ id }) => id)

  it('reads names of tests and suites, concurrent ones included', () => {
    expect(idsIn("describe('[A-1] x', () => { it.concurrent('y [A-2]', () => {}) })")).toEqual(['A-1', 'A-2'])
    expect(idsIn('test.concurrent(`seed ${' + 'seed} [A-3] [G7]`, run)')).toEqual(['A-3', 'G7'])
  })

  it('reads the names in the table of an each', () => {
    expect(idsIn("it.each([['[A-1] a gap', 1], ['[A-2] a hole', 2]])('%s', () => {})")).toEqual(['A-1', 'A-2'])
  })

  it('reads several ids in one pair of brackets', () => {
    expect(idsIn("it('merges [G7, C-ROW-1]', () => {})")).toEqual(['G7', 'C-ROW-1'])
  })

  it('leaves other brackets and other calls alone', () => {
    expect(idsIn("it('keeps [1, 2] and [id]', () => { expect('[A-1]').toBe(0); visit('[A-2]') })")).toEqual([])
  })

  it('says where', () => {
    expect(citationsOf('x.test.ts', "\n\nit('[A-1]', () => {})")).toEqual([{ id: 'A-1', place: 'x.test.ts:3' }])
  })
})

describe('problemsOf', () => {
  it('finds none where rules and tests agree', () => {
    expect(problemsOf([{ name: 'core', rules: ['C-1'], citations: cite('C-1', 'G15', 'L6', 'P25') }])).toEqual([])
  })

  it('names a rule that no test shows', () => {
    expect(problemsOf([{ name: 'core', rules: ['C-1'], citations: [] }])).toEqual([
      'packages/core/SPEC.md: no test names [C-1]',
    ])
  })

  it('names a citation of no rule, and of a promise that does not exist', () => {
    expect(problemsOf([{ name: 'core', rules: [], citations: cite('C-2', 'G16', 'L0') }])).toEqual([
      'C-2.test.ts:1: [C-2] stands in no SPEC.md',
      'G16.test.ts:1: there is no promise G16',
      'L0.test.ts:1: there is no promise L0',
    ])
  })

  it('lets sim, and no other package, cite the rules of others', () => {
    const core = { name: 'core', rules: ['C-1'], citations: cite('C-1') }
    expect(problemsOf([core, { name: 'sim', rules: [], citations: cite('C-1') }])).toEqual([])
    expect(problemsOf([core, { name: 'server', rules: [], citations: cite('C-1') }])).toEqual([
      'C-1.test.ts:1: [C-1] is a rule of packages/core',
    ])
  })

  it('names an id that stands twice, and a package without a SPEC', () => {
    expect(
      problemsOf([
        { name: 'client', rules: undefined, citations: [] },
        { name: 'core', rules: ['C-1', 'C-1'], citations: cite('C-1') },
      ]),
    ).toEqual(['packages/client: SPEC.md is missing', 'packages/core/SPEC.md: C-1 stands in packages/core already'])
  })
})
