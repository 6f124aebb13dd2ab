import { describe, expect, it } from 'vitest'
import { Confirmed } from './Confirmed.js'
import { type DeltaRow, emptyDelta } from './Delta.js'

const [all, open] = ['l/notes/all', 'l/notes/open']
const ref = 'notes/n1'
const rowIn = (...views: readonly string[]) => ({ collection: 'notes', id: 'n1', values: { title: 'a' }, views })
const readRow = (...views: readonly string[]): DeltaRow => ({ ...rowIn(...views), isRead: true })

/** A tab that has heard what was stored up to version 5, with one list loaded. */
function setUp(...rows: ReturnType<typeof rowIn>[]): Confirmed {
  const confirmed = new Confirmed()
  confirmed.load(all, 4, rows)
  confirmed.apply(emptyDelta, 5)
  return confirmed
}

describe('[CL-TABS-21] what is read of a list while another tab has stored more than was heard here', () => {
  it('puts its rows into the other lists that they came into', () => {
    const confirmed = setUp()
    confirmed.load(open, 7, [rowIn(all, open)])
    confirmed.apply({ ...emptyDelta, rows: [readRow(all)] }, 6)
    expect([...confirmed.refsOf(all)]).toEqual([ref])
  })

  it('takes them out of those that they left', () => {
    const confirmed = setUp(rowIn(all))
    confirmed.load(open, 7, [rowIn(open)])
    confirmed.apply({ ...emptyDelta, rows: [readRow()] }, 6)
    expect([confirmed.refsOf(all).size, confirmed.refsOf(open).size]).toEqual([0, 1])
  })

  it('says nothing of other lists where more was heard than it has', () => {
    const confirmed = setUp(rowIn(all))
    confirmed.apply({ ...emptyDelta, droppedRows: [{ collection: 'notes', id: 'n1', isRead: true, why: 'left' }] }, 8)
    confirmed.load(open, 7, [rowIn(all, open)])
    expect([confirmed.refsOf(all).size, confirmed.refsOf(open).size]).toEqual([0, 1])
  })
})
