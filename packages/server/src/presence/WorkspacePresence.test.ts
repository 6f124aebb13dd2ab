import { encodePresenceState, type Json } from '@tidemark/core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BusPresence } from '../bus/Bus.js'
import { type AwarenessEntry, encodeAwareness, readAwareness } from './awarenessUpdate.js'
import { sourceOf } from './source.js'
import { type Said, WorkspacePresence } from './WorkspacePresence.js'

const body = 'body/tasks/t1'
const lobby = 'presence/cursors/room/lobby'

let presence: WorkspacePresence
let nowMs: number

beforeEach(() => {
  nowMs = 1_000
  presence = new WorkspacePresence({ presencePerSecond: 5, presenceBytes: 200 })
  presence.joined('a', 'alice', 'alice-replica', nowMs)
  presence.joined('b', 'bob', 'bob-replica', nowMs)
})

/** As a node does it: what is published is heard. */
function heard(said: Said): Said {
  for (const published of said.published) presence.heard(published, nowMs)
  return said
}

const entry = (clientId: number, clock = 1, state = '{}'): AwarenessEntry => ({ clientId, clock, state })
const edits = (id: string, entries: AwarenessEntry[], isInSight = true) =>
  heard(presence.said(id, body, encodeAwareness(entries), isInSight, nowMs))

type Shown = Readonly<Record<string, Json>> | null | undefined
const shows = (id: string, tab: string, state: Shown, scope = lobby) =>
  heard(presence.said(id, scope, encodePresenceState({ clientId: tab, state }), true, nowMs))
const lost = (from: string, scope: string): BusPresence => ({
  scope,
  from: sourceOf(from === 'a' ? 'alice-replica' : 'bob-replica', from),
  userId: from === 'a' ? 'alice' : 'bob',
  state: new Uint8Array(),
})
const textOf = ({ state }: { readonly state: Uint8Array }): unknown => JSON.parse(new TextDecoder().decode(state))

describe('what editors of a body show', () => {
  it('[S-PRES-3, G11] counts from a session that sees the body, of itself only', () => {
    expect(edits('a', [entry(1)], false)).toMatchObject({ published: [], dropped: 'rights' })
    expect(edits('a', [entry(1)]).published).toMatchObject([{ scope: body, from: 'alice-replica/a', userId: 'alice' }])
    const [published] = edits('b', [entry(1, 9, 'null'), entry(2)]).published
    expect(readAwareness(published?.state as Uint8Array)).toEqual([entry(2)])
    expect(edits('b', [entry(1, 10)]).published).toEqual([])
    expect(edits('nobody', [entry(3)])).toMatchObject({ dropped: 'rights' })
  })

  it('[S-PRES-2, S-PRES-3] is told to a newcomer by user', () => {
    edits('a', [entry(1), entry(3)])
    edits('b', [entry(2)])
    const shown = presence.shownOf(body, nowMs).map(({ userId, state }) => [userId, readAwareness(state)])
    expect(shown).toEqual([
      ['alice', [entry(1), entry(3)]],
      ['bob', [entry(2)]],
    ])
    expect(presence.shownOf('body/tasks/other', nowMs)).toEqual([])
  })

  it('[S-PRES-6] is withdrawn when the session goes on purpose, or watches the body no more', () => {
    edits('a', [entry(1, 4)])
    edits('b', [entry(2, 5)])
    const gone = presence.left('a', true)
    expect(gone.map(({ state }) => readAwareness(state))).toEqual([[entry(1, 4, 'null')]])
    expect(presence.movedOut('b', scope => scope !== body).map(({ state }) => readAwareness(state))).toEqual([
      [entry(2, 5, 'null')],
    ])
    expect(presence.left('b', true)).toEqual([])
  })

  it('[S-PRES-6] stays where the connection was lost, for the next one of the same user', () => {
    edits('a', [entry(1, 4)])
    expect(presence.left('a', false)).toEqual([lost('a', body)])
    expect(edits('b', [entry(1, 5)]).published).toEqual([])
    presence.joined('a2', 'alice', 'alice-replica', nowMs)
    expect(edits('a2', [entry(1, 4)]).published).toHaveLength(1)
  })

  it('[S-PRES-6] is taken over by a newer session of the replica, whose older connection must be dead', () => {
    edits('a', [entry(1, 4)])
    presence.joined('a2', 'alice', 'alice-replica', nowMs)
    expect(edits('a2', [entry(1, 5)]).published).toHaveLength(1)
    expect(edits('a', [entry(1, 6)])).toMatchObject({ published: [], dropped: 'rights' })
    expect(presence.left('a', true)).toEqual([])
    expect(presence.shownOf(body, nowMs)).toHaveLength(1)
  })

  it('[S-PRES-8] is taken over by a newer session of the replica whose older one was at a node that died without a word', () => {
    const elsewhere = new WorkspacePresence({ presencePerSecond: 5, presenceBytes: 200 })
    for (const published of edits('a', [entry(1, 4)]).published) elsewhere.heard(published, nowMs)
    elsewhere.joined('a2', 'alice', 'alice-replica', nowMs)
    elsewhere.joined('a3', 'alice', 'other-replica', nowMs)
    const says = (id: string, clock: number) =>
      elsewhere.said(id, body, encodeAwareness([entry(1, clock)]), true, nowMs).published
    expect(says('a3', 5)).toEqual([])
    const published = says('a2', 5)
    expect(published).toMatchObject([{ from: 'alice-replica/a2', userId: 'alice' }])
    for (const shown of published) presence.heard(shown, nowMs)
    expect(presence.left('a', true)).toEqual([])
    expect(presence.shownOf(body, nowMs)).toMatchObject([{ state: encodeAwareness([entry(1, 5)]) }])
  })

  it('[S-PRES-9] is withdrawn before the bus has brought it', () => {
    const bytes = encodeAwareness([entry(1, 4)])
    expect(presence.said('a', body, bytes, true, nowMs).published).toHaveLength(1)
    const [gone] = presence.left('a', true)
    expect(readAwareness(gone?.state as Uint8Array)).toEqual([entry(1, 4, 'null')])
  })

  it('[S-PRES-7] is said again, of its own sessions, for a node that has not heard it', () => {
    edits('a', [entry(1)])
    shows('b', 'tab-b', { x: 1 })
    presence.heard({ scope: body, from: 'elsewhere', userId: 'carol', state: encodeAwareness([entry(9)]) }, nowMs)
    const elsewhere = new WorkspacePresence({ presencePerSecond: 5, presenceBytes: 200 })
    for (const shown of presence.shownHere(nowMs)) elsewhere.heard(shown, nowMs)
    expect(elsewhere.shownOf(body, nowMs)).toMatchObject([{ userId: 'alice', state: encodeAwareness([entry(1)]) }])
    elsewhere.joined('c', 'carol', 'carol-replica', nowMs)
    const looks = encodePresenceState({ clientId: 'tab-c', state: null })
    expect(elsewhere.said('c', lobby, looks, true, nowMs).told).toMatchObject([{ userId: 'bob' }])
    expect(elsewhere.shownHere(nowMs)).toEqual([])
  })

  it('[S-PRES-5] that makes no sense goes no further', () => {
    expect(heard(presence.said('a', body, Uint8Array.of(1, 1, 1, 1, 0x7b), true, nowMs))).toMatchObject({
      published: [],
      dropped: 'nonsense',
    })
    presence.heard({ scope: body, from: 'x', userId: 'x', state: Uint8Array.of(9) }, nowMs)
    expect(presence.shownOf(body, nowMs)).toEqual([])
  })
})

describe('what tabs show at a place of the app', () => {
  it('[S-PRES-4] is told to those who are there: who speaks there, and who only looks', () => {
    expect(shows('a', 'tab-a', { x: 1 }).told).toEqual([])
    expect([...presence.at(lobby)]).toEqual(['a'])
    const came = shows('b', 'tab-b', null)
    expect(came.published).toEqual([])
    expect(came.told.map(told => [told.userId, textOf(told)])).toEqual([['alice', ['tab-a', { x: 1 }]]])
    expect([...presence.at(lobby)]).toEqual(['a', 'b'])
    expect(shows('b', 'tab-b', null).told).toEqual([])
    const [published] = shows('a', 'tab-a', { x: 2 }).published
    expect(published && [published.userId, textOf(published)]).toEqual(['alice', ['tab-a', { x: 2 }]])
    expect([...presence.at('presence/cursors/')]).toEqual([])
  })

  it('[S-PRES-4] ends for a session with the last of its tabs', () => {
    shows('a', 'tab-1', { x: 1 })
    expect(shows('a', 'tab-2', null).told.map(textOf)).toEqual([['tab-1', { x: 1 }]])
    expect(shows('a', 'tab-1', undefined).published.map(textOf)).toEqual([['tab-1', null]])
    expect([...presence.at(lobby)]).toEqual(['a'])
    expect(shows('a', 'tab-2', undefined).published).toEqual([])
    expect([...presence.at(lobby)]).toEqual([])
    shows('b', 'tab-b', undefined, 'presence/cursors/room/never')
    expect([...presence.at('presence/cursors/room/never')]).toEqual([])
  })

  it("[S-PRES-1, S-PRES-2] cannot be another user's", () => {
    shows('a', 'tab-a', { name: 'alice' })
    expect(shows('b', 'tab-a', { name: 'mallory' })).toMatchObject({ published: [], dropped: 'rights' })
    expect(shows('b', 'tab-a', null).published).toEqual([])
    expect(shows('b', 'tab-b', { name: 'alice' }).published).toMatchObject([{ userId: 'bob' }])
  })

  it('[S-PRES-6] is withdrawn when the session goes on purpose, and kept where the connection was lost', () => {
    shows('a', 'tab-1', { x: 1 })
    shows('a', 'tab-2', { x: 2 })
    shows('b', 'tab-b', { x: 3 })
    expect(presence.left('a', true).map(textOf)).toEqual([
      ['tab-1', null],
      ['tab-2', null],
    ])
    expect(presence.left('b', false)).toEqual([lost('b', lobby)])
    presence.joined('b2', 'bob', 'bob-replica', nowMs)
    expect(shows('b2', 'tab-b', { x: 4 }).published).toHaveLength(1)
    expect([...presence.at(lobby)]).toEqual(['b2'])
  })

  it('[S-PRES-5, G10] is bounded: in size, tabs, places and rate', () => {
    expect(shows('a', 'tab', { text: 'x'.repeat(200) })).toMatchObject({ published: [], dropped: 'size' })
    expect(shows('a', 'tab', {}, 'nowhere')).toMatchObject({ published: [], dropped: 'nonsense' })
    expect(shows('a', 'tab', {}, `presence/${'x'.repeat(600)}`)).toMatchObject({ dropped: 'places' })
    for (let tab = 0; tab < 20; tab++) shows('a', `tab-${tab}`, null)
    expect(shows('a', 'one more', null)).toMatchObject({ dropped: 'places' })
    nowMs += 60_000
    for (let place = 0; place < 1_000; place++) shows('b', 'tab', null, `presence/cursors/room/${place}`)
    expect(shows('b', 'tab', null)).toMatchObject({ dropped: 'places' })
  })

  it('[S-PRES-5, G10] passes at the rate, with a burst of ten seconds; what withdraws passes in any case', () => {
    shows('a', 'tab', { n: 0 })
    const passed = Array.from({ length: 100 }, (_, n) => shows('a', 'tab', { n })).filter(
      ({ published }) => published.length > 0,
    )
    expect(passed).toHaveLength(48)
    expect(shows('a', 'tab', { n: 100 })).toMatchObject({ dropped: 'rate' })
    nowMs += 1_000
    for (let n = 0; n < 5; n++) expect(shows('a', 'tab', { n }).published).toHaveLength(1)
    expect(shows('a', 'tab', { n: 5 })).toMatchObject({ dropped: 'rate' })
    expect(shows('a', 'tab', null).published).toHaveLength(1)
    expect(shows('a', 'tab', null).published).toEqual([])
  })

  it('[S-PRES-5, G10] is forgotten when it was not repeated for 30 s', () => {
    shows('a', 'tab-a', { x: 1 })
    nowMs += 30_000
    expect(shows('b', 'tab-b', null).told).toEqual([])
  })
})
