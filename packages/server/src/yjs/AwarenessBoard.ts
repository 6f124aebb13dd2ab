import type { AwarenessEntry } from './awarenessUpdate.js'

/** Silent for so long, a state is over: y-protocols' own limit. Owners repeat themselves every 15 s. */
const outdatedMs = 30_000
const forgetEveryMs = 1_000
/** What one connection may show, and how large each may be. A tab shows one. */
const maxOwned = 16
const maxStateLength = 16 << 10

interface Shown {
  readonly entry: AwarenessEntry
  /** The session that announced it. */
  readonly from: string
  readonly seenAtMs: number
}

/**
 * Who shows what in one body.
 *
 * A stock provider repeats everything it hears, so a state counts only from the connection that announced its
 * clientID first; after a lost connection, from the same user's next one.
 */
export class AwarenessBoard {
  readonly #shownByClientId = new Map<number, Shown>()
  /** Of this node's sessions; they stay a while after their end. */
  readonly #userByFrom = new Map<string, { readonly userId: string; isGone: boolean }>()
  #forgotAtMs = Number.NEGATIVE_INFINITY

  /** The session may speak from now on. */
  joined(from: string, userId: string): void {
    this.#userByFrom.set(from, { userId, isGone: false })
  }

  /** What the session says of itself; the rest is others' and not its to say. */
  announced(from: string, entries: readonly AwarenessEntry[], nowMs: number): AwarenessEntry[] {
    this.#forgetOutdated(nowMs)
    const claimed = new Set<number>()
    return entries.filter(({ clientId, state }) => {
      if (state.length > maxStateLength) return false
      if (claimed.has(clientId) || this.#shownByClientId.get(clientId)?.from === from) return true
      if (!this.#isFree(clientId, from) || this.#countOf(from) + claimed.size >= maxOwned) return false
      claimed.add(clientId)
      return true
    })
  }

  /** What was published, by whichever node. */
  heard(from: string, entries: readonly AwarenessEntry[], nowMs: number): void {
    for (const entry of entries) {
      const known = this.#shownByClientId.get(entry.clientId)
      if (known !== undefined && known.entry.clock > entry.clock) continue
      this.#shownByClientId.set(entry.clientId, { entry, from, seenAtMs: nowMs })
    }
  }

  /** All that is shown now. */
  states(nowMs: number): AwarenessEntry[] {
    this.#forgetOutdated(nowMs)
    return Array.from(this.#shownByClientId.values(), ({ entry }) => entry).filter(({ state }) => state !== 'null')
  }

  /**
   * The session ended. What it showed is withdrawn if it went on purpose; where the connection was lost it may be
   * back in a moment with the same clocks, and whoever had withdrawn them would not see it again for 15 s.
   */
  left(from: string, isOnPurpose: boolean): AwarenessEntry[] {
    const user = this.#userByFrom.get(from)
    if (user !== undefined) user.isGone = true
    const withdrawn: AwarenessEntry[] = []
    for (const shown of this.#shownByClientId.values()) {
      if (shown.from !== from || !isOnPurpose || shown.entry.state === 'null') continue
      withdrawn.push({ ...shown.entry, state: 'null' })
    }
    return withdrawn
  }

  #countOf(from: string): number {
    let count = 0
    for (const shown of this.#shownByClientId.values()) if (shown.from === from) count++
    return count
  }

  #isFree(clientId: number, from: string): boolean {
    const shown = this.#shownByClientId.get(clientId)
    if (shown === undefined) return true
    const holder = this.#userByFrom.get(shown.from)
    return holder?.isGone === true && holder.userId === this.#userByFrom.get(from)?.userId
  }

  #forgetOutdated(nowMs: number): void {
    if (nowMs < this.#forgotAtMs + forgetEveryMs) return
    this.#forgotAtMs = nowMs
    const shownFrom = new Set<string>()
    for (const [clientId, { from, seenAtMs }] of this.#shownByClientId) {
      if (seenAtMs <= nowMs - outdatedMs) this.#shownByClientId.delete(clientId)
      else shownFrom.add(from)
    }
    for (const [from, { isGone }] of this.#userByFrom) if (isGone && !shownFrom.has(from)) this.#userByFrom.delete(from)
  }
}
