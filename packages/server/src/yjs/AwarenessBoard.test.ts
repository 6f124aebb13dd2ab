import { describe, expect, it } from 'vitest'
import { AwarenessBoard } from './AwarenessBoard.js'

const shows = (clientId: number, clock = 1, state = `{"n":${clientId}}`) => ({ clientId, clock, state })

function board(): AwarenessBoard {
  const made = new AwarenessBoard()
  made.joined('a', 'alice')
  made.joined('b', 'bob')
  return made
}

/** As the door does: what may be said is published, and heard by everyone. */
function say(on: AwarenessBoard, from: string, entries: ReturnType<typeof shows>[], nowMs = 0) {
  const own = on.announced(from, entries, nowMs)
  on.heard(from, own, nowMs)
  return own
}

describe('the board of what is shown in a body', () => {
  it('[S-DOOR-10] takes a state only from the connection that announced its clientID first', () => {
    const at = board()
    expect(say(at, 'a', [shows(1)])).toEqual([shows(1)])
    expect(say(at, 'b', [shows(1, 2), shows(2)])).toEqual([shows(2)])
    expect(say(at, 'b', [shows(1, 3, 'null')])).toEqual([])
    expect(at.states(0)).toEqual([shows(1), shows(2)])
    expect(say(at, 'a', [shows(1, 2, 'null')])).toHaveLength(1)
    expect(at.states(0)).toEqual([shows(2)])
  })

  it('[S-DOOR-10] withdraws what a connection showed when it says goodbye', () => {
    const at = board()
    say(at, 'a', [shows(1, 4)])
    expect(at.left('a', true)).toEqual([shows(1, 4, 'null')])
  })

  it('[S-DOOR-10] leaves it to the same user when the connection was lost, and to nobody else', () => {
    const at = board()
    say(at, 'a', [shows(1, 4)])
    expect(at.left('a', false)).toEqual([])
    at.joined('c', 'carol')
    expect(say(at, 'c', [shows(1, 5)])).toEqual([])
    at.joined('a2', 'alice')
    expect(say(at, 'a2', [shows(1, 4)])).toEqual([shows(1, 4)])
    expect(at.states(0)).toEqual([shows(1, 4)])
  })

  it('[S-DOOR-10, G10] forgets what was not repeated for 30 s, and its owner', () => {
    const at = board()
    say(at, 'a', [shows(1)], 0)
    expect(at.states(29_999)).toHaveLength(1)
    expect(at.states(31_000)).toEqual([])
    expect(say(at, 'b', [shows(1)], 31_000)).toEqual([shows(1)])
  })

  it('[S-DOOR-10, G10] bounds how many and how large states of a connection are', () => {
    const at = board()
    const many = Array.from({ length: 20 }, (_, id) => shows(id))
    expect(say(at, 'a', many)).toEqual(many.slice(0, 16))
    expect(say(at, 'a', [shows(3, 2), shows(50)])).toEqual([shows(3, 2)])
    expect(say(at, 'b', [shows(60, 1, JSON.stringify({ n: 'x'.repeat(16 << 10) }))])).toEqual([])
  })

  it('keeps the greater clock of what is heard', () => {
    const at = board()
    at.heard('node-b/1', [shows(7, 5)], 0)
    at.heard('node-b/1', [shows(7, 4, '{}')], 0)
    expect(at.states(0)).toEqual([shows(7, 5)])
  })
})
