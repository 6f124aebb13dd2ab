import { describe, expect, it } from 'vitest'
import { PresenceBoard } from './PresenceBoard.js'

const shows = (clientId: number, clock = 1, state = `{"n":${clientId}}`) => ({ clientId, clock, state })

type Entry = ReturnType<typeof shows>

const board = () => new PresenceBoard<Entry>(16 << 10)

const userByFrom: Record<string, string> = {
  'ra/a': 'alice',
  'ra/next': 'alice',
  'ra2/a2': 'alice',
  'rb/b': 'bob',
  'rc/c': 'carol',
}

/** What may be said is published, and heard by everyone. */
function say(on: PresenceBoard<Entry>, from: string, entries: Entry[], nowMs = 0) {
  const userId = userByFrom[from] as string
  const own = on.announced(from, userId, entries, nowMs)
  on.heard(from, userId, own, nowMs)
  return own
}

const shown = (on: PresenceBoard<Entry>, nowMs: number) => on.states(nowMs).map(({ entry }) => entry)

describe('the board of what is shown at one place', () => {
  it('[S-PRES-1] takes a state only from the connection that announced its clientID first', () => {
    const at = board()
    expect(say(at, 'ra/a', [shows(1)])).toEqual([shows(1)])
    expect(say(at, 'rb/b', [shows(1, 2), shows(2)])).toEqual([shows(2)])
    expect(say(at, 'rb/b', [shows(1, 3, 'null')])).toEqual([])
    expect(shown(at, 0)).toEqual([shows(1), shows(2)])
    expect(say(at, 'ra/a', [shows(1, 2, 'null')])).toHaveLength(1)
    expect(shown(at, 0)).toEqual([shows(2)])
  })

  it('[S-PRES-1] withdraws what a connection showed when it says goodbye', () => {
    const at = board()
    say(at, 'ra/a', [shows(1, 4)])
    expect(at.left('ra/a', true)).toEqual([shows(1, 4, 'null')])
    at.heard('ra/a', 'alice', [shows(1, 4, 'null')], 0)
    expect(say(at, 'rb/b', [shows(1, 5)])).toEqual([])
    expect(say(at, 'ra2/a2', [shows(1, 5)])).toEqual([shows(1, 5)])
  })

  it('[S-PRES-6] leaves it to the same user also if the last word of a lost connection comes late', () => {
    const at = board()
    say(at, 'ra/a', [shows(1, 4)])
    at.left('ra/a', false)
    at.heard('ra/a', 'alice', [shows(1, 5)], 0)
    expect(say(at, 'rb/b', [shows(1, 6)])).toEqual([])
    expect(say(at, 'ra2/a2', [shows(1, 6)])).toEqual([shows(1, 6)])
  })

  it('[S-PRES-2] knows whose each state is', () => {
    const at = board()
    say(at, 'ra/a', [shows(1)])
    say(at, 'rb/b', [shows(2)])
    expect(at.states(0)).toEqual([
      { from: 'ra/a', userId: 'alice', entry: shows(1) },
      { from: 'rb/b', userId: 'bob', entry: shows(2) },
    ])
  })

  it('[S-PRES-1] leaves it to the same user when the connection was lost, and to nobody else', () => {
    const at = board()
    say(at, 'ra/a', [shows(1, 4)])
    expect(at.left('ra/a', false)).toEqual([])
    expect(say(at, 'rc/c', [shows(1, 5)])).toEqual([])
    expect(say(at, 'ra2/a2', [shows(1, 4)])).toEqual([shows(1, 4)])
    expect(shown(at, 0)).toEqual([shows(1, 4)])
  })

  it('[S-PRES-8, G11] leaves it to the next session of the replica, of which nobody said that it was lost', () => {
    const at = board()
    say(at, 'ra/a', [shows(1, 4)])
    expect(say(at, 'ra2/a2', [shows(1, 5)])).toEqual([])
    at.heard('ra/x', 'mallory', [shows(2)], 0)
    expect(say(at, 'ra/next', [shows(1, 4), shows(2, 5)])).toEqual([shows(1, 4)])
    // What is heard of the older one from now on is about nothing.
    expect(at.left('ra/a', true)).toEqual([])
    expect(say(at, 'ra2/a2', [shows(1, 6)])).toEqual([])
    expect(at.left('ra/next', true)).toEqual([shows(1, 4, 'null')])
  })

  it('[S-PRES-1, G10] forgets what was not repeated for 30 s, and its owner', () => {
    const at = board()
    say(at, 'ra/a', [shows(1)], 0)
    expect(shown(at, 29_999)).toHaveLength(1)
    expect(shown(at, 31_000)).toEqual([])
    expect(say(at, 'rb/b', [shows(1)], 31_000)).toEqual([shows(1)])
  })

  it('[S-PRES-1, G10] bounds how many and how large states of a connection are', () => {
    const at = board()
    const many = Array.from({ length: 20 }, (_, id) => shows(id))
    expect(say(at, 'ra/a', many)).toEqual(many.slice(0, 16))
    expect(say(at, 'ra/a', [shows(3, 2), shows(50)])).toEqual([shows(3, 2)])
    expect(say(at, 'rb/b', [shows(60, 1, JSON.stringify({ n: 'x'.repeat(16 << 10) }))])).toEqual([])
  })

  it('keeps the greater clock of what is heard', () => {
    const at = board()
    at.heard('rb/b', 'bob', [shows(7, 5)], 0)
    at.heard('rb/b', 'bob', [shows(7, 4, '{}')], 0)
    expect(shown(at, 0)).toEqual([shows(7, 5)])
  })
})
