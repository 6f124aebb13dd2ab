import type { RowValues } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { Doc, encodeStateAsUpdate } from 'yjs'
import { Faults } from '../Faults.js'
import type { StoreReading } from '../StoreReading.js'
import { judge } from './judge.js'
import { type Effect, type Entry, Ledger } from './Ledger.js'
import type { ReplicaReading } from './ReplicaReading.js'

const edit: Effect = { kind: 'edit', id: 'n', votes: 3 }

function entry(token: string, state: Entry['state'], effects: readonly Effect[] = [edit]): Entry {
  return { token, userId: 'alice', effects, state, code: null, details: null, isTakenBack: false }
}

function storeWith(rows: Readonly<Record<string, Readonly<Record<string, RowValues>>>>): StoreReading {
  const tables = Object.entries(rows).map(([name, byId]) => [name, new Map(Object.entries(byId))] as const)
  return { head: 0, rows: new Map(tables), bodies: new Map(), log: [] }
}

const replica: ReplicaReading = { userId: 'alice', rows: new Map(), bodies: new Map(), inbox: '[]', pending: 0 }

/** The promises that the judge finds broken. */
function broken(entries: readonly Entry[], store: StoreReading, replicas = [replica]): string[] {
  const ledger = new Ledger()
  ledger.entries.push(...entries)
  const faults = new Faults()
  judge(ledger, store, replicas, faults)
  return faults.all.map(({ id }) => id)
}

describe('[SIM-FAULT-7] the judge', () => {
  const note = (votes: number, ...tokens: string[]) => storeWith({ notes: { n: { votes, tokens } } })

  it('has nothing to say when all is as it was told', () => {
    expect(broken([entry('a', 'accepted'), entry('b', 'cancelled')], note(3, 'a'))).toEqual([])
  })

  it.each([
    ['an accepted write that is not there', [entry('a', 'accepted')], note(0), ['G1']],
    ['an increment that counted twice', [entry('a', 'accepted')], note(6, 'a'), ['G7']],
    ['a write that took effect although it was taken back', [entry('a', 'cancelled')], note(3, 'a'), ['G7']],
    ['a write that nobody made', [], note(0, 'x'), ['G2']],
    ['a write that was never decided', [entry('a', 'open')], note(0), ['G15']],
    ['a write that a reload has lost', [entry('a', 'forsaken')], note(0), ['G15']],
    ['a rejected write that is not in the inbox', [entry('a', 'rejected')], note(0), ['G15']],
    [
      'a batch of which a part is there',
      [entry('a', 'accepted', [edit, { kind: 'insert', id: 'm' }])],
      note(3, 'a'),
      ['G7'],
    ],
    [
      'a ticket that was sold twice',
      [],
      storeWith({
        tickets: { t: { owner: 'alice' } },
        sales: { 1: { of: 't', buyer: 'alice', token: 'a' }, 2: { of: 't', buyer: 'bob', token: 'b' } },
      }),
      ['G12'],
    ],
    ['a hole in the log', [], { ...note(0), head: 1 }, ['G3']],
  ] as const)('sees %s', (_, entries, store, ids) => {
    expect(broken(entries, store)).toEqual(ids)
  })

  it('sees a replica that shows another row than the store', () => {
    const rows = new Map([['notes', new Map([['n', { id: 'n', votes: 2, tokens: ['a'] }]])]])
    expect(broken([entry('a', 'accepted')], note(3, 'a'), [{ ...replica, rows }])).toEqual(['L1'])
  })

  it('sees a stored body that lacks what it builds on', () => {
    const doc = new Doc()
    const updates: Uint8Array[] = []
    doc.on('update', update => updates.push(update))
    doc.getText('text').insert(0, 'a')
    doc.getText('text').insert(1, 'b')
    const stored = { ...note(0), bodies: new Map([['notes/n', updates[1] as Uint8Array]]) }
    const bodies = new Map([['notes/n', encodeStateAsUpdate(doc)]])
    expect(broken([], stored, [{ ...replica, bodies }])).toEqual(['L1'])
  })
})
