import type { History } from '../node/History.js'
import { canRead, type Rights } from '../workload/Rights.js'
import type { Written } from '../workload/Tokens.js'

/** Says when a user could read what. */
export class Reading {
  constructor(
    private readonly history: History,
    private readonly rights: Rights,
  ) {}

  /** Whether the record was there and readable at that position, by some rights that may hold there. */
  isReadableAt(userId: string, collection: string, id: string, seq: number): boolean {
    const row = this.history.rowAt(collection, id, seq)
    if (row === null) return false
    return this.rights.possibleAt(userId, seq).some(membership => canRead(userId, membership, collection, row))
  }

  /** The same by all rights that may hold there. */
  isSurelyReadableAt(userId: string, collection: string, id: string, seq: number): boolean {
    const row = this.history.rowAt(collection, id, seq)
    if (row === null) return false
    return this.rights.possibleAt(userId, seq).every(membership => canRead(userId, membership, collection, row))
  }

  /** Whether there was a moment, from one position to another, at which the content stood in a record that the user could read. [G11] */
  couldRead(userId: string, written: Written, from: number, to: number): boolean {
    const { collection, id } = written
    // A purchase, which everyone may see: its record's id is made by the command.
    if (id === '*') return true
    for (const [since, until] of this.#standings(written)) {
      const first = Math.max(since, from)
      const last = Math.min(until - 1, to)
      if (first > last) continue
      for (const seq of this.#moments(userId, collection, id, first, last)) {
        if (this.isReadableAt(userId, collection, id, seq)) return true
      }
    }
    return false
  }

  /** The positions at which readability of a record may turn. */
  *#moments(userId: string, collection: string, id: string, first: number, last: number): Iterable<number> {
    yield first
    for (const { seq } of this.history.versionsOf(collection, id)) if (seq > first && seq <= last) yield seq
    for (const seq of this.rights.changesOf(userId)) if (seq > first && seq <= last) yield seq
  }

  *#standings({ collection, id, field, token }: Written): Iterable<readonly [since: number, until: number]> {
    if (field === 'text' || field === 'doc') {
      const standing = this.history.bodies.standingOf(`${collection}/${id}`, token)
      if (standing !== undefined) yield [standing.since, standing.until]
      return
    }
    const versions = this.history.versionsOf(collection, id)
    for (const [index, { seq, values }] of versions.entries()) {
      const value = values?.[field]
      if (typeof value === 'string' && value.includes(token)) {
        yield [seq, versions[index + 1]?.seq ?? Number.POSITIVE_INFINITY]
      }
    }
  }
}
