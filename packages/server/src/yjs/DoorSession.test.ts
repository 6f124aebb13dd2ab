import { type AccessChange, type BodyChange, errors, type RowChange, type RowValues } from '@tidemark/core'
import * as decoding from 'lib0/decoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { DoorEffect, Look } from './DoorEffect.js'
import { DoorSession } from './DoorSession.js'
import { awarenessFrame, permissionDeniedFrame, step1Frame, step2Frame, updateFrame } from './doorMessage.js'

const place = { collection: 'pages', id: 'p1' }
const limits = { framesPerSecond: 10, waitingUpdates: 3, heldBytes: 1_000 }
const emptyVector = new Uint8Array([0])
const query = new Uint8Array([3])

/** The updates of a text as alice types it, one word each. */
function typed(...words: string[]): { updates: Uint8Array[]; doc: Y.Doc } {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', update => updates.push(update))
  for (const word of words) doc.getText('t').insert(doc.getText('t').length, word)
  return { updates, doc }
}

const look = (parts: Partial<Look> = {}): Look => ({
  userId: 'alice',
  role: 'write',
  isReadable: row => row.secret !== true,
  head: 10,
  state: null,
  expiresAtMs: null,
  ...parts,
})

const grown = (seq: number, update: Uint8Array, at = place): BodyChange => ({
  kind: 'body',
  seq,
  userId: 'bob',
  at: 0,
  ...at,
  update,
})
const row = (seq: number, after: RowValues | null): RowChange => ({
  kind: after === null ? 'remove' : 'update',
  seq,
  userId: 'bob',
  at: 0,
  ...place,
  fields: [],
  after,
  before: {},
})
const rights = (seq: number, subject: string | null): AccessChange => ({
  kind: 'access',
  seq,
  userId: 'server',
  at: 0,
  subject,
})

const kinds = (effects: DoorEffect[]): string[] => effects.map(({ kind }) => kind)
const closeOf = (effects: DoorEffect[]) => effects.find(effect => effect.kind === 'close')
const framesOf = (effects: DoorEffect[]) =>
  effects.flatMap(effect => (effect.kind === 'send' || effect.kind === 'sendSync' ? [effect.frame] : []))

/** Open, its first step 1 answered. */
function open(parts: Partial<Look> = {}): DoorSession {
  const session = new DoorSession(place, limits, 0)
  session.opened()
  session.frameReceived(step1Frame(emptyVector), 0)
  session.looked(look(parts), 0)
  session.flushed(0)
  return session
}

describe('a door session', () => {
  it('[S-DOOR-2] answers step 1 with what the client lacks, and asks for what it lacks itself', () => {
    const { doc } = typed('one ', 'two')
    const state = Y.encodeStateAsUpdate(doc)
    const session = new DoorSession(place, limits, 0)
    expect(session.opened()).toEqual([{ kind: 'look' }])
    expect(kinds(session.frameReceived(step1Frame(emptyVector), 0))).toEqual(['pause'])
    const effects = session.looked(look({ state }), 0)
    expect(kinds(effects)).toEqual(['send', 'showOthers', 'sendSync', 'resume'])
    const [ask, answer] = framesOf(effects)
    expect(ask).toEqual(step1Frame(Y.encodeStateVector(doc)))
    expect(answer).toEqual(step2Frame(state))
    const known = new DoorSession(place, limits, 0)
    known.frameReceived(step1Frame(Y.encodeStateVector(doc)), 0)
    expect(framesOf(known.looked(look({ state }), 0))[1]).toEqual(step2Frame(new Uint8Array([0, 0])))
  })

  it('[S-DOOR-2] joins the body as read and the changes after it without a hole or a repeat', () => {
    const { updates } = typed('one ', 'two ', 'three')
    const session = new DoorSession(place, limits, 0)
    session.frameReceived(step1Frame(emptyVector), 0)
    session.committed([grown(10, updates[1]!), grown(11, updates[2]!)], [], 0)
    const state = Y.mergeUpdates(updates.slice(0, 2))
    const effects = session.looked(look({ head: 10, state }), 0)
    expect(framesOf(effects).slice(1)).toEqual([updateFrame(updates[2]!), step2Frame(state)])
    expect(framesOf(session.committed([grown(11, updates[2]!)], [], 0))).toEqual([])
  })

  it('[S-DOOR-2] tells changes of its own body only', () => {
    const { updates } = typed('x')
    const session = open()
    expect(session.committed([grown(11, updates[0]!, { collection: 'pages', id: 'other' })], [], 0)).toEqual([])
    expect(framesOf(session.committed([grown(12, updates[0]!)], [], 0))).toEqual([updateFrame(updates[0]!)])
  })

  it('[S-DOOR-3] numbers updates 1, 2, 3 …, and does not send them back to where they came from', () => {
    const { updates } = typed('one ', 'two')
    const session = open()
    const [first] = session.frameReceived(updateFrame(updates[0]!), 0)
    expect(first).toEqual({ kind: 'submit', number: 1, answered: 0, update: updates[0] })
    const answer = { number: 1, status: 'accepted' } as const
    expect(session.committed([grown(11, updates[0]!)], [answer], 0)).toEqual([])
    expect(session.frameReceived(updateFrame(updates[1]!), 0)).toEqual([
      { kind: 'submit', number: 2, answered: 1, update: updates[1] },
    ])
  })

  it('[S-DOOR-3] reads no more of a client while the authority has enough of it waiting', () => {
    const { updates } = typed('1', '2', '3', '4', '5')
    const session = open()
    const effects = updates.flatMap(update => session.frameReceived(updateFrame(update), 0))
    expect(kinds(effects)).toEqual(['submit', 'submit', 'submit', 'pause'])
    const answers = [1, 2].map(number => ({ number, status: 'accepted' as const }))
    expect(kinds(session.committed([], answers, 0))).toEqual(['submit', 'submit', 'resume'])
  })

  it('[S-DOOR-4] passes over a greeting that changes nothing', () => {
    const { doc } = typed('one ', 'two')
    doc.getText('t').delete(0, 2)
    const state = Y.encodeStateAsUpdate(doc)
    for (const role of ['read', 'write'] as const) {
      const session = open({ state, role })
      expect(kinds(session.frameReceived(step2Frame(state), 0))).toEqual(['look', 'pause'])
      expect(kinds(session.looked(look({ state, role }), 0))).toEqual(['resume'])
      expect(session.frameReceived(step2Frame(new Uint8Array([0, 0])), 0)).toEqual([])
    }
  })

  it('[S-DOOR-4] takes a greeting that brings something, of those who may write', () => {
    const { updates, doc } = typed('one ', 'two')
    const greeting = Y.encodeStateAsUpdate(doc)
    const session = open({ state: updates[0]! })
    session.frameReceived(step2Frame(greeting), 0)
    expect(session.looked(look({ state: updates[0]! }), 0)).toEqual([
      { kind: 'submit', number: 1, answered: 0, update: greeting },
      { kind: 'resume' },
    ])
  })

  it('[S-DOOR-4] closes on the first edit of a reader, with the sentence, for good', () => {
    const { updates } = typed('x')
    const session = open({ role: 'read' })
    session.frameReceived(updateFrame(updates[0]!), 0)
    const sentence = 'You may read this document and not write to it.'
    expect(session.looked(look({ role: 'read' }), 0)).toEqual([
      { kind: 'send', frame: permissionDeniedFrame(sentence) },
      { kind: 'close', code: 'FORBIDDEN', number: 4403, reason: sentence },
    ])
    expect(session.frameReceived(updateFrame(updates[0]!), 0)).toEqual([])
    expect(session.committed([grown(11, updates[0]!)], [], 0)).toEqual([])
  })

  it.each(['DENIED', 'INVALID', 'NOT_FOUND', 'REBASE', 'BODY_TOO_LARGE'] as const)(
    '[S-DOOR-5] closes for good when the authority refuses with %s',
    code => {
      const { updates } = typed('x')
      const session = open()
      session.frameReceived(updateFrame(updates[0]!), 0)
      const answer = { number: 1, status: 'rejected', code, details: null, message: 'not this' } as const
      const close = closeOf(session.committed([], [answer], 0))
      expect(close).toEqual({ kind: 'close', code, number: errors[code].close, reason: 'not this' })
      expect(close?.number).toBeLessThan(4500)
    },
  )

  it('[S-DOOR-5] is closed by a look that is refused', () => {
    const session = new DoorSession(place, limits, 0)
    expect(closeOf(session.refused({ code: 'UNAUTHORIZED' }))).toMatchObject({ number: 4401 })
    expect(session.looked(look(), 0)).toEqual([])
    const other = new DoorSession(place, limits, 0)
    expect(kinds(other.refused({ code: 'INTERNAL' }))).toEqual(['close'])
  })

  it.each([
    [new Uint8Array()],
    [new Uint8Array([0, 0, 9, 1])],
    [new Uint8Array([7])],
    [new Uint8Array([0, 5, 0])],
    [new Uint8Array([...query, ...query])],
    [step1Frame(new Uint8Array([255, 255]))],
    [new Uint8Array([1, 4, 1, 1, 1, 0x7b])],
  ])('[S-DOOR-6] closes on bytes that make no sense: %s', frame => {
    const session = open()
    const effects = session.frameReceived(frame, 0)
    const all = kinds(effects).includes('look') ? session.looked(look(), 0) : effects
    expect(closeOf(all)).toMatchObject({ code: 'BAD_FRAME', number: 4400 })
  })

  it('[S-DOOR-6] closes on an update that is none', () => {
    const session = open()
    session.frameReceived(step2Frame(new Uint8Array([1, 2, 3])), 0)
    expect(closeOf(session.looked(look(), 0))).toMatchObject({ code: 'INVALID', number: 4422 })
  })

  it('[S-DOOR-7, G11] tells nothing after rights changed until they were looked at', () => {
    const { updates } = typed('one ', 'two ', 'three')
    const session = open({ head: 10 })
    const told = session.committed([grown(11, updates[0]!), rights(12, 'alice'), grown(13, updates[1]!)], [], 0)
    expect(told).toEqual([{ kind: 'send', frame: updateFrame(updates[0]!) }, { kind: 'look' }])
    expect(session.committed([grown(14, updates[2]!)], [], 0)).toEqual([])
    expect(framesOf(session.looked(look({ head: 14 }), 0))).toEqual([
      updateFrame(updates[1]!),
      updateFrame(updates[2]!),
    ])
    session.committed([rights(15, null)], [], 0)
    expect(closeOf(session.refused({ code: 'FORBIDDEN' }))).toMatchObject({ number: 4403 })
  })

  it('[S-DOOR-7, G11] is synced anew when rights changed again while they were looked at, and something was typed', () => {
    const { updates } = typed('secret', 'later')
    const session = open()
    session.committed([rights(11, 'alice'), grown(12, updates[0]!), rights(13, 'alice')], [], 0)
    const effects = session.looked(look({ head: 13 }), 0)
    expect(framesOf(effects)).toEqual([])
    expect(closeOf(effects)).toMatchObject({ code: 'STORE_FAILED' })
    const calm = open()
    calm.committed([rights(11, 'alice'), rights(12, 'alice'), grown(13, updates[0]!)], [], 0)
    expect(framesOf(calm.looked(look({ head: 12 }), 0))).toEqual([updateFrame(updates[0]!)])
  })

  it("[S-DOOR-7] passes over others' rights, and over what a look already knew", () => {
    const session = open({ head: 10 })
    expect(session.committed([rights(11, 'bob'), rights(9, 'alice')], [], 0)).toEqual([])
  })

  it('[S-DOOR-7] closes when the record is removed or leaves the read rule', () => {
    expect(closeOf(open().committed([row(11, null)], [], 0))).toMatchObject({ code: 'NOT_FOUND', number: 4434 })
    expect(closeOf(open().committed([row(11, { secret: true })], [], 0))).toMatchObject({ number: 4434 })
    expect(open().committed([row(11, { secret: false })], [], 0)).toEqual([])
  })

  it('[S-DOOR-7] closes when the token runs out', () => {
    const session = open({ expiresAtMs: 5_000 })
    expect(closeOf(session.ticked(4_999))).toBeUndefined()
    expect(closeOf(session.ticked(5_000))).toMatchObject({ code: 'UNAUTHORIZED', number: 4401 })
  })

  it('[S-DOOR-8] sends something at least every 15 s, and pings who says nothing', () => {
    const session = open()
    const sentAt: number[] = []
    for (let now = 1_000; now <= 60_000; now += 1_000) {
      const effects = session.ticked(now)
      if (framesOf(effects).length > 0) sentAt.push(now)
      if (kinds(effects).includes('ping')) session.ponged(now)
    }
    expect(sentAt).toEqual([12_000, 24_000, 36_000, 48_000, 60_000])
  })

  it('[S-DOOR-8] says so in a frame in which a stock provider finds nobody', () => {
    const frame = framesOf(open().ticked(12_000))[0]!
    const decoder = decoding.createDecoder(frame)
    expect([decoding.readVarUint(decoder), [...decoding.readVarUint8Array(decoder)]]).toEqual([1, [0]])
  })

  it('[S-DOOR-8] gives up a client that answers no ping', () => {
    const session = open()
    expect(closeOf(session.ticked(39_999))).toBeUndefined()
    expect(closeOf(session.ticked(40_000))).toMatchObject({ code: 'HEARTBEAT_LOST', number: 4508 })
  })

  it.each([
    ['a look', () => new DoorSession(place, limits, 0)],
    [
      'an answer',
      () => {
        const session = open()
        session.frameReceived(updateFrame(typed('x').updates[0]!), 0)
        return session
      },
    ],
  ])('[S-DOOR-9] lets the client come again when %s does not come', (_, make) => {
    const session = make()
    session.frameReceived(query, 29_000)
    expect(closeOf(session.ticked(29_999))).toBeUndefined()
    expect(closeOf(session.ticked(30_000))).toMatchObject({ code: 'STORE_FAILED', number: 4505 })
  })

  it('[S-DOOR-9] lets the client come again when it reads too slowly, changes are missing or the node stops', () => {
    expect(closeOf(open().overflowed())).toMatchObject({ code: 'BUSY', number: 4503 })
    expect(closeOf(open().gap())).toMatchObject({ code: 'STORE_FAILED', number: 4505 })
    expect(closeOf(open().drained())).toMatchObject({ code: 'DRAINING', number: 4510 })
  })

  it('[S-DOOR-9, G10] holds no more changes than its bound while it looks', () => {
    const session = new DoorSession(place, limits, 0)
    const update = new Uint8Array(501)
    expect(session.committed([grown(1, update)], [], 0)).toEqual([])
    expect(closeOf(session.committed([grown(2, update)], [], 0))).toMatchObject({ number: 4503 })
  })

  it('[S-DOOR-9, G10] takes no more frames in a second than it may, and reads no more meanwhile', () => {
    const session = open()
    const effects = Array.from({ length: 105 }, () => session.frameReceived(query, 0)).flat()
    expect(kinds(effects).filter(kind => kind === 'showOthers')).toHaveLength(99)
    expect(kinds(effects).filter(kind => kind === 'pause')).toHaveLength(1)
    expect(kinds(session.ticked(1_000))).toEqual([...Array(6).fill('showOthers'), 'resume'])
  })

  it('[S-DOOR-9] sends one body at a time', () => {
    const session = new DoorSession(place, limits, 0)
    session.frameReceived(step1Frame(emptyVector), 0)
    session.frameReceived(step1Frame(emptyVector), 0)
    expect(kinds(session.looked(look(), 0))).toEqual(['send', 'showOthers', 'sendSync'])
    expect(kinds(session.flushed(0))).toEqual(['look'])
  })

  it('[S-DOOR-10] hands on what the client shows, and shows it what is heard', () => {
    const entries = [{ clientId: 1, clock: 2, state: '{"name":"alice"}' }]
    const session = open()
    expect(session.frameReceived(awarenessFrame(entries), 0)).toEqual([{ kind: 'announce', entries }])
    const frame = awarenessFrame(entries)
    expect(session.awarenessHeard(frame, 0)).toEqual([{ kind: 'send', frame }])
    expect(new DoorSession(place, limits, 0).awarenessHeard(frame, 0)).toEqual([])
  })
})
