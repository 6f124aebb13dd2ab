import { replicaOf } from './source.js'

/** What one client shows of itself. */
export interface BoardEntry {
  /** A Yjs client's number, or a tab's own name. */
  readonly clientId: number | string
  /** Grows with each change; the greater one holds. 0 where what comes last holds. */
  readonly clock: number
  /** JSON; `null` = gone. */
  readonly state: string
}

/** Silent for so long, a state is over: y-protocols' own limit. Owners repeat themselves every 15 s. */
const outdatedMs = 30_000
const forgetEveryMs = 1_000
/** How many clients one session may stand for at one place: a browser's tabs. */
export const maxOwned = 16

interface Shown<E> {
  readonly entry: E
  /** The session that announced it, as `sourceOf` names it, and its user. */
  readonly from: string
  readonly userId: string
  readonly seenAtMs: number
  /** The session is over. */
  readonly isOrphaned: boolean
}

/**
 * Who shows what at one place.
 *
 * A stock provider repeats everything it hears, so a state counts only from the session that announced its clientID
 * first; after a lost connection, from the same user's next one; and from the next one of its replica in any case: of a
 * node that died nobody says which connections are lost.
 */
export class PresenceBoard<E extends BoardEntry> {
  readonly #shownByClientId = new Map<E['clientId'], Shown<E>>()
  #forgotAtMs = Number.NEGATIVE_INFINITY

  constructor(private readonly maxStateBytes: number) {}

  /** Nothing was heard for so long that nothing is kept any more. */
  isEmpty(nowMs: number): boolean {
    this.#forgetOutdated(nowMs)
    return this.#shownByClientId.size === 0
  }

  /** What the session says of itself; the rest is others' and not its to say. */
  announced(from: string, userId: string, entries: readonly E[], nowMs: number): E[] {
    this.#forgetOutdated(nowMs)
    const claimed = new Set<E['clientId']>()
    return entries.filter(({ clientId, state }) => {
      if (Buffer.byteLength(state) > this.maxStateBytes) return false
      if (state === 'null' && !this.#isShown(clientId)) return false
      const shown = this.#shownByClientId.get(clientId)
      if (claimed.has(clientId) || shown?.from === from) return true
      const isOver = shown !== undefined && (shown.isOrphaned || shown.entry.state === 'null')
      const isNext = shown !== undefined && replicaOf(shown.from) === replicaOf(from)
      const isFree = shown === undefined || ((isOver || isNext) && shown.userId === userId)
      if (!isFree || this.#countOf(from) + claimed.size >= maxOwned) return false
      claimed.add(clientId)
      return true
    })
  }

  /** What was published, by whichever node. */
  heard(from: string, userId: string, entries: readonly E[], nowMs: number): void {
    for (const entry of entries) {
      const known = this.#shownByClientId.get(entry.clientId)
      if (known !== undefined && known.entry.clock > entry.clock) continue
      const isOrphaned = known?.from === from && known.isOrphaned
      this.#shownByClientId.set(entry.clientId, { entry, from, userId, seenAtMs: nowMs, isOrphaned })
    }
  }

  /** All that is shown now, by whom. */
  states(nowMs: number): { readonly from: string; readonly userId: string; readonly entry: E }[] {
    this.#forgetOutdated(nowMs)
    const states: { readonly from: string; readonly userId: string; readonly entry: E }[] = []
    for (const { from, userId, entry } of this.#shownByClientId.values()) {
      if (entry.state !== 'null') states.push({ from, userId, entry })
    }
    return states
  }

  /**
   * The session is over, here or at another node. What it showed is withdrawn if it went on purpose; where the connection
   * was lost it may be back in a moment with the same clocks, and whoever had withdrawn them would not see it again for 15 s.
   */
  left(from: string, isOnPurpose: boolean): E[] {
    const withdrawn: E[] = []
    for (const [clientId, shown] of this.#shownByClientId) {
      if (shown.from !== from) continue
      this.#shownByClientId.set(clientId, { ...shown, isOrphaned: true })
      if (isOnPurpose && shown.entry.state !== 'null') withdrawn.push({ ...shown.entry, state: 'null' })
    }
    return withdrawn
  }

  #isShown(clientId: E['clientId']): boolean {
    const shown = this.#shownByClientId.get(clientId)
    return shown !== undefined && shown.entry.state !== 'null'
  }

  #countOf(from: string): number {
    let count = 0
    for (const shown of this.#shownByClientId.values()) if (shown.from === from) count++
    return count
  }

  #forgetOutdated(nowMs: number): void {
    if (nowMs < this.#forgotAtMs + forgetEveryMs) return
    this.#forgotAtMs = nowMs
    for (const [clientId, { seenAtMs }] of this.#shownByClientId) {
      if (seenAtMs <= nowMs - outdatedMs) this.#shownByClientId.delete(clientId)
    }
  }
}
