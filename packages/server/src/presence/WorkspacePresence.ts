import { decodePresenceState } from '@tidemark/core'
import type { BusPresence } from '../bus/Bus.js'
import type { Limits } from '../limits.js'
import { type AwarenessEntry, encodeAwareness, readAwareness } from './awarenessUpdate.js'
import { bodyOfScope } from './bodyScope.js'
import { type BoardEntry, maxOwned, PresenceBoard } from './PresenceBoard.js'
import { sessionOf, sourceOf } from './source.js'

/** Of a body's editors: a cursor, a name, a picture. */
const maxAwarenessBytes = 16 << 10
/** What a newcomer is told at once; of the rest it hears when they repeat themselves. */
const maxToldBytes = 64 << 10
const maxScopeLength = 512
/** Said to the other nodes in place of a state: its user may go on with it in another session. */
const sessionIsLost = new Uint8Array()
/** Where one session may be at once. */
const maxScopes = 1_000
/** How long a burst may be, in seconds of the permitted rate. */
const burstSeconds = 10
const sweepEveryMs = 10_000

/** Why something that a session said went no further. */
export type DropReason = 'nonsense' | 'size' | 'rate' | 'rights' | 'places'

export interface Said {
  /** For whoever is there, on every node. */
  readonly published: readonly BusPresence[]
  /** What is shown where the session has just come to: for itself. */
  readonly told: readonly BusPresence[]
  readonly dropped?: DropReason
}

/**
 * What is shown in one workspace, as this node knows it, and who of this node may say what.
 *
 * A session speaks for the clientIDs that it announced first, of bodies that it watches and may see, and at places of
 * the app, where speaking is coming: the others there hear it, and it hears them. At a record's place it is for as long
 * as it has the record in sight. Whose a state is, is the session's user, whatever the state says. [G11]
 */
export class WorkspacePresence {
  readonly #memberById = new Map<string, Member>()
  readonly #idByReplica = new Map<string, string>()
  readonly #bodyByScope = new Map<string, PresenceBoard<AwarenessEntry>>()
  readonly #placeByScope = new Map<string, Place>()
  #sweptAtMs = 0

  constructor(private readonly limits: Pick<Limits, 'presencePerSecond' | 'presenceBytes'>) {}

  /** The session may speak from now on, and an older one of its replica no more: that connection must be dead. */
  joined(id: string, userId: string, replica: string, nowMs: number): void {
    const older = this.#idByReplica.get(replica)
    if (older === id) return
    if (older !== undefined) this.left(older, false)
    const allowance = this.limits.presencePerSecond * burstSeconds
    this.#memberById.set(id, {
      id,
      userId,
      replica,
      source: sourceOf(replica, id),
      scopes: new Set(),
      allowance,
      refilledAtMs: nowMs,
    })
    this.#idByReplica.set(replica, id)
  }

  /** A native session said something. `isInSight`: it may see what the scope is about. */
  said(id: string, scope: string, bytes: Uint8Array, isInSight: boolean, nowMs: number): Said {
    if (!isInSight) return dropped('rights')
    if (bodyOfScope(scope) === null) return this.#saidAtPlace(id, scope, bytes, nowMs)
    const entries = readOrNull(bytes)
    return entries === null ? dropped('nonsense') : this.announced(id, scope, entries, nowMs)
  }

  /** An editor of a body says who is where. Stock providers say it of others too: that goes no further. */
  announced(id: string, scope: string, entries: readonly AwarenessEntry[], nowMs: number): Said {
    const member = this.#memberById.get(id)
    if (member === undefined) return dropped('rights')
    this.#sweep(nowMs)
    if (!this.#mayBeAt(member, scope)) return dropped('places')
    const board = this.#bodyAt(scope)
    const own = board.announced(member.source, member.userId, entries, nowMs)
    const within = this.#withinRate(member, own, nowMs)
    if (within.length === 0) return own.length > 0 ? dropped('rate') : nothingSaid
    member.scopes.add(scope)
    board.heard(member.source, member.userId, within, nowMs)
    return { published: [presenceOf(member, scope, encodeAwareness(within))], told: [] }
  }

  /** Something was published, by whichever node; from here too, which settles who was last of several at one time. */
  heard({ scope, from, userId, state }: BusPresence, nowMs: number): void {
    this.#sweep(nowMs)
    if (state.length === 0) this.#lost(scope, from)
    else if (bodyOfScope(scope) === null) {
      const entry = tabEntryOf(state)
      if (entry !== null) this.#placeAt(scope).board.heard(from, userId, [entry], nowMs)
    } else {
      const entries = readOrNull(state)
      if (entries !== null) this.#bodyAt(scope).heard(from, userId, entries, nowMs)
    }
  }

  /** What the sessions of this node show, for a node that has not heard it. */
  shownHere(nowMs: number): BusPresence[] {
    const shown: BusPresence[] = []
    const add = (scope: string, from: string, state: Uint8Array): void => {
      const member = this.#memberById.get(sessionOf(from))
      if (member !== undefined) shown.push(presenceOf(member, scope, state))
    }
    for (const [scope, board] of this.#bodyByScope)
      for (const { from, entry } of board.states(nowMs)) add(scope, from, encodeAwareness([entry]))
    for (const [scope, { board }] of this.#placeByScope)
      for (const { from, entry } of board.states(nowMs)) add(scope, from, bytesOfTab(entry))
    return shown
  }

  /** Sessions of this node that are at a place of the app. */
  at(scope: string): Iterable<string> {
    return this.#placeByScope.get(scope)?.tabsByMember.keys() ?? []
  }

  /** What is shown of a body now, a message for each user. */
  shownOf(scope: string, nowMs: number): BusPresence[] {
    const entriesByUser = new Map<string, AwarenessEntry[]>()
    let bytes = 0
    for (const { userId, entry } of this.#bodyByScope.get(scope)?.states(nowMs) ?? []) {
      bytes += entry.state.length
      if (bytes > maxToldBytes) break
      const entries = entriesByUser.get(userId)
      if (entries === undefined) entriesByUser.set(userId, [entry])
      else entries.push(entry)
    }
    return Array.from(entriesByUser, ([userId, entries]) => ({
      scope,
      from: '',
      userId,
      state: encodeAwareness(entries),
    }))
  }

  /** The session may be in fewer places than before: it is only where it may stay. */
  movedOut(id: string, mayStay: (scope: string) => boolean): BusPresence[] {
    const member = this.#memberById.get(id)
    if (member === undefined) return []
    const left = [...member.scopes].filter(scope => !mayStay(scope))
    for (const scope of left) member.scopes.delete(scope)
    return left.flatMap(scope => this.#withdrawn(member, scope, true))
  }

  /** The session is over; on purpose: whatever it showed is gone at once. */
  left(id: string, isOnPurpose: boolean): BusPresence[] {
    const member = this.#memberById.get(id)
    if (member === undefined) return []
    this.#memberById.delete(id)
    this.#idByReplica.delete(member.replica)
    return [...member.scopes].flatMap(scope => this.#withdrawn(member, scope, isOnPurpose))
  }

  #saidAtPlace(id: string, scope: string, bytes: Uint8Array, nowMs: number): Said {
    const member = this.#memberById.get(id)
    if (member === undefined) return dropped('rights')
    if (bytes.length > this.limits.presenceBytes) return dropped('size')
    const entry = tabEntryOf(bytes)
    if (entry === null || !scope.startsWith('presence/')) return dropped('nonsense')
    this.#sweep(nowMs)
    if (entry.isLeaving) this.#wentFrom(member, scope, entry.clientId)
    else if (!this.#mayBeAt(member, scope, entry.clientId)) return dropped('places')
    const told = entry.isLeaving ? [] : this.#cameTo(member, scope, entry.clientId, nowMs)
    const board = this.#placeByScope.get(scope)?.board
    const own = board?.announced(member.source, member.userId, [entry], nowMs) ?? []
    const within = this.#withinRate(member, own, nowMs)
    if (within.length > 0) {
      board?.heard(member.source, member.userId, within, nowMs)
      return { published: [presenceOf(member, scope, bytesOfTab(entry))], told }
    }
    if (entry.state === 'null') return { published: [], told }
    return { published: [], told, dropped: own.length > 0 ? 'rate' : 'rights' }
  }

  /** Returns what is shown there, if this tab of the session is new there. */
  #cameTo(member: Member, scope: string, clientId: string, nowMs: number): BusPresence[] {
    const { board, tabsByMember } = this.#placeAt(scope)
    const tabs = tabsByMember.get(member.id) ?? new Set()
    if (tabs.has(clientId)) return []
    tabsByMember.set(member.id, tabs.add(clientId))
    member.scopes.add(scope)
    // Whoever comes and goes without end is told as little as it may say.
    if (!this.#take(member, nowMs)) return []
    const told: BusPresence[] = []
    let bytes = 0
    for (const { userId, entry } of board.states(nowMs)) {
      if (entry.clientId === clientId) continue
      const state = bytesOfTab(entry)
      bytes += state.length
      if (bytes > maxToldBytes) break
      told.push({ scope, from: '', userId, state })
    }
    return told
  }

  #wentFrom(member: Member, scope: string, clientId: string): void {
    const tabsByMember = this.#placeByScope.get(scope)?.tabsByMember
    const tabs = tabsByMember?.get(member.id)
    if (!tabs?.delete(clientId) || tabs.size > 0) return
    tabsByMember?.delete(member.id)
    member.scopes.delete(scope)
  }

  #withdrawn(member: Member, scope: string, isOnPurpose: boolean): BusPresence[] {
    const place = this.#placeByScope.get(scope)
    place?.tabsByMember.delete(member.id)
    const editors = this.#bodyByScope.get(scope)?.left(member.source, isOnPurpose) ?? []
    const tabs = place?.board.left(member.source, isOnPurpose) ?? []
    if (!isOnPurpose) return [presenceOf(member, scope, sessionIsLost)]
    if (editors.length > 0) return [presenceOf(member, scope, encodeAwareness(editors))]
    return tabs.map(entry => presenceOf(member, scope, bytesOfTab(entry)))
  }

  /** Of a session at whichever node. */
  #lost(scope: string, source: string): void {
    this.#bodyByScope.get(scope)?.left(source, false)
    this.#placeByScope.get(scope)?.board.left(source, false)
  }

  /** Beyond the rate only what withdraws a state passes: there is never more of it than of states. */
  #withinRate<E extends BoardEntry>(member: Member, entries: readonly E[], nowMs: number): readonly E[] {
    if (entries.length === 0 || this.#take(member, nowMs)) return entries
    return entries.filter(({ state }) => state === 'null')
  }

  #take(member: Member, nowMs: number): boolean {
    const { presencePerSecond } = this.limits
    const seconds = Math.max(0, nowMs - member.refilledAtMs) / 1000
    member.allowance = Math.min(member.allowance + seconds * presencePerSecond, presencePerSecond * burstSeconds)
    member.refilledAtMs = nowMs
    if (member.allowance < 1) return false
    member.allowance--
    return true
  }

  #mayBeAt(member: Member, scope: string, tab?: string): boolean {
    if (scope.length > maxScopeLength) return false
    if (!member.scopes.has(scope)) return member.scopes.size < maxScopes
    const tabs = this.#placeByScope.get(scope)?.tabsByMember.get(member.id)
    return tab === undefined || tabs === undefined || tabs.has(tab) || tabs.size < maxOwned
  }

  #bodyAt(scope: string): PresenceBoard<AwarenessEntry> {
    let board = this.#bodyByScope.get(scope)
    if (board === undefined) {
      board = new PresenceBoard(maxAwarenessBytes)
      this.#bodyByScope.set(scope, board)
    }
    return board
  }

  #placeAt(scope: string): Place {
    let place = this.#placeByScope.get(scope)
    if (place === undefined) {
      place = { board: new PresenceBoard(this.limits.presenceBytes), tabsByMember: new Map() }
      this.#placeByScope.set(scope, place)
    }
    return place
  }

  #sweep(nowMs: number): void {
    if (nowMs < this.#sweptAtMs + sweepEveryMs) return
    this.#sweptAtMs = nowMs
    for (const [scope, board] of this.#bodyByScope) if (board.isEmpty(nowMs)) this.#bodyByScope.delete(scope)
    for (const [scope, { board, tabsByMember }] of this.#placeByScope) {
      if (tabsByMember.size === 0 && board.isEmpty(nowMs)) this.#placeByScope.delete(scope)
    }
  }
}

interface Member {
  readonly id: string
  readonly userId: string
  readonly replica: string
  /** What all nodes call it. */
  readonly source: string
  /** Where it has shown something, or is. */
  readonly scopes: Set<string>
  /** What it may still say now; refilled with time. */
  allowance: number
  refilledAtMs: number
}

/** A place of the app. */
interface Place {
  readonly board: PresenceBoard<TabEntry>
  /** A session stands for all tabs of its browser. */
  readonly tabsByMember: Map<string, Set<string>>
}

/** A tab's state; the last one holds. */
interface TabEntry extends BoardEntry {
  readonly clientId: string
  readonly isLeaving: boolean
}

function tabEntryOf(bytes: Uint8Array): TabEntry | null {
  const said = decodePresenceState(bytes)
  if (said === null) return null
  const { clientId, state } = said
  return { clientId, clock: 0, state: JSON.stringify(state ?? null), isLeaving: state === undefined }
}

/** What others hear: to them it is all one whether the tab has left or shows nothing. */
const bytesOfTab = ({ clientId, state }: TabEntry): Uint8Array =>
  new TextEncoder().encode(`[${JSON.stringify(clientId)},${state}]`)

function readOrNull(bytes: Uint8Array): AwarenessEntry[] | null {
  try {
    return readAwareness(bytes)
  } catch {
    return null
  }
}

const presenceOf = ({ source, userId }: Member, scope: string, state: Uint8Array): BusPresence => ({
  scope,
  from: source,
  userId,
  state,
})

const nothingSaid: Said = { published: [], told: [] }
const dropped = (why: DropReason): Said => ({ ...nothingSaid, dropped: why })
