import type { Answer, CommittedChange, Json, RowValues } from '@tidemark/core'
import type { WorkspaceCommit } from '@tidemark/server/testing'
import { Violation } from '../world/Violation.js'
import { BodyHistory } from './BodyHistory.js'

/** A row from `seq` on; null: removed. */
export interface RowVersion {
  readonly seq: number
  readonly values: RowValues | null
}

/** What became of one number of a replica, and by the commit up to which head. */
export interface Decision {
  readonly status: 'accepted' | 'rejected'
  readonly code?: string
  readonly result?: Json
  readonly refused?: readonly string[]
  readonly from: number
  readonly to: number
}

/**
 * Everything that was ever committed in the workspace, whatever the store has cut off since: what all else is judged by.
 * It is told of a commit at the moment it becomes durable, by nobody but the disk.
 */
export class History {
  readonly changes: CommittedChange[] = []
  readonly bodies = new BodyHistory()
  /** Told of each commit, with the numbers that it decided. */
  watch: (part: WorkspaceCommit, decided: readonly Decided[]) => void = () => {}
  readonly #versionsByRecord = new Map<string, RowVersion[]>()
  readonly #decisionsByReplica = new Map<string, Map<number, Decision>>()
  readonly #lastByReplica = new Map<string, number>()
  readonly #committedAtMs: number[] = [0]

  get head(): number {
    return this.changes.length
  }

  constructor(private readonly nowMs: () => number) {}

  /** When a change became durable. */
  committedAtMs(seq: number): number {
    return this.#committedAtMs[seq] ?? 0
  }

  committed(part: WorkspaceCommit): void {
    const { from, to, changes, replicas } = part
    for (const change of changes) {
      this.changes.push(change)
      this.#committedAtMs.push(this.nowMs())
      if (change.kind === 'access') continue
      const name = `${change.collection}/${change.id}`
      if (change.kind === 'body') this.bodies.grown(name, change.seq, change.update)
      else {
        listIn(this.#versionsByRecord, name).push({ seq: change.seq, values: change.after })
        if (change.kind === 'remove') this.bodies.removed(name, change.seq)
      }
    }
    const decided: Decided[] = []
    for (const { replica, lastNumber, answers } of replicas) {
      if (!replica.includes(':')) decided.push(...this.#decided(replica, lastNumber, answers, from, to))
    }
    this.watch(part, decided)
  }

  /** The row as it was when `seq` had been applied; null where there was none, or no more. */
  rowAt(collection: string, id: string, seq: number): RowValues | null {
    return versionAt(this.#versionsByRecord.get(`${collection}/${id}`) ?? [], seq)?.values ?? null
  }

  /** Whether the record was removed by then. */
  isRemovedAt(collection: string, id: string, seq: number): boolean {
    return versionAt(this.#versionsByRecord.get(`${collection}/${id}`) ?? [], seq)?.values === null
  }

  versionsOf(collection: string, id: string): readonly RowVersion[] {
    return this.#versionsByRecord.get(`${collection}/${id}`) ?? []
  }

  *rowsAt(collection: string, seq: number): Iterable<{ readonly id: string; readonly values: RowValues }> {
    for (const [name, versions] of this.#versionsByRecord) {
      if (!name.startsWith(`${collection}/`)) continue
      const values = versionAt(versions, seq)?.values
      if (values) yield { id: name.slice(collection.length + 1), values }
    }
  }

  decisionOf(replica: string, number: number): Decision | undefined {
    return this.#decisionsByReplica.get(replica)?.get(number)
  }

  #decided(replica: string, last: number, answers: readonly Answer[], from: number, to: number): Decided[] {
    const before = this.#lastByReplica.get(replica) ?? 0
    if (last <= before) throw new Violation('G7', `${replica} was decided up to ${last} again, after ${before}`)
    this.#lastByReplica.set(replica, last)
    let decisions = this.#decisionsByReplica.get(replica)
    if (decisions === undefined) {
      decisions = new Map()
      this.#decisionsByReplica.set(replica, decisions)
    }
    const decided: Decided[] = []
    for (let number = before + 1; number <= last; number++) {
      const decision = decisionFrom(
        answers.find(stored => stored.number === number),
        from,
        to,
      )
      decisions.set(number, decision)
      decided.push({ replica, number, decision })
    }
    return decided
  }
}

/** A number of a replica, and what became of it. */
export interface Decided {
  readonly replica: string
  readonly number: number
  readonly decision: Decision
}

function decisionFrom(answer: Answer | undefined, from: number, to: number): Decision {
  if (answer === undefined) return { status: 'accepted', from, to }
  if (answer.status === 'rejected') return { status: 'rejected', code: answer.code, from, to }
  const { result, refused } = answer
  return {
    status: 'accepted',
    from,
    to,
    ...(result === undefined ? {} : { result }),
    ...(refused === undefined ? {} : { refused: refused.fields }),
  }
}

function versionAt(versions: readonly RowVersion[], seq: number): RowVersion | undefined {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((versions[middle] as RowVersion).seq <= seq) low = middle + 1
    else high = middle
  }
  return versions[low - 1]
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  let list = lists.get(name)
  if (list === undefined) {
    list = []
    lists.set(name, list)
  }
  return list
}
