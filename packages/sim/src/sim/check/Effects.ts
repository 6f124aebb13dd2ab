import type { CommittedChange, RowChange } from '@tidemark/core'
import type { WorkspaceCommit } from '@tidemark/server/testing'
import type { Decided } from '../node/History.js'
import type { Tokens, Written } from '../workload/Tokens.js'
import { Violation } from '../world/Violation.js'
import { type Pushed, writesOf } from './Pushed.js'

/**
 * Holds each commit against the mutations that it decides: what was accepted takes effect in that commit, once; what was
 * rejected, or decided before, does not. [G7] [G1]
 */
export class Effects {
  constructor(
    private readonly pushed: Pushed,
    private readonly tokens: Tokens,
  ) {}

  check({ changes }: WorkspaceCommit, decided: readonly Decided[]): void {
    const expected = new Expected()
    for (const { replica, number, decision } of decided) {
      const sent = this.pushed.of(replica, number)
      if (sent === undefined) throw new Violation('G2', `${number} of ${replica} was decided and never sent`)
      if (decision.status !== 'accepted') continue
      const { mutation } = sent
      for (const write of writesOf(mutation)) {
        const name = `${write.collection}/${write.id}`
        if (write.op === 'insert') expected.inserts.push(name)
        if (write.op === 'remove') expected.removes.push(name)
        if (write.op === 'update') expected.add(name, incrementOf(write.patch.votes))
      }
      const content = mutation.kind === 'body' ? mutation.update : JSON.stringify(mutation)
      for (const { token } of this.tokens.in(content)) expected.tokens.add(token)
    }
    for (const change of changes) this.#checkChange(change, expected)
    expected.mustBeMet()
  }

  #checkChange(change: CommittedChange, expected: Expected): void {
    if (change.kind === 'access') return
    if (change.kind === 'body') {
      this.#mustBeExpected(this.tokens.in(change.update), expected)
      return
    }
    const name = `${change.collection}/${change.id}`
    if (change.kind === 'remove') expected.take('removes', name)
    if (change.kind === 'insert' && change.collection === 'notes') expected.inserted(name)
    if (change.kind === 'update' && change.collection === 'notes') expected.add(name, -votesAdded(change))
    const touched = change.fields.map(field => change.after?.[field] ?? null)
    this.#mustBeExpected(this.tokens.in(JSON.stringify(touched)), expected)
  }

  #mustBeExpected(written: readonly Written[], expected: Expected): void {
    for (const { token, collection, id } of written) {
      if (!expected.tokens.has(token)) {
        throw new Violation('G7', `${token} in ${collection}/${id} took effect without being accepted in that commit`)
      }
    }
  }
}

class Expected {
  readonly tokens = new Set<string>()
  inserts: string[] = []
  removes: string[] = []
  readonly #incrementByName = new Map<string, number>()

  add(name: string, increment: number): void {
    if (increment !== 0) this.#incrementByName.set(name, (this.#incrementByName.get(name) ?? 0) + increment)
  }

  /** An upsert may insert too. */
  inserted(name: string): void {
    const at = this.inserts.indexOf(name)
    if (at >= 0) this.inserts.splice(at, 1)
  }

  take(kind: 'removes', name: string): void {
    const at = this[kind].indexOf(name)
    if (at < 0) throw new Violation('G7', `${name} was removed without a mutation that says so`)
    this[kind].splice(at, 1)
  }

  mustBeMet(): void {
    const [insert] = this.inserts
    const [remove] = this.removes
    if (insert !== undefined) throw new Violation('G1', `the accepted insert of ${insert} left no change`)
    if (remove !== undefined) throw new Violation('G1', `the accepted removal of ${remove} left no change`)
    for (const [name, left] of this.#incrementByName) {
      if (left !== 0) throw new Violation('G7', `${name} was to be counted up by ${left} more than it was`)
    }
  }
}

function incrementOf(votes: unknown): number {
  return typeof votes === 'object' && votes !== null && 'increment' in votes ? (votes.increment as number) : 0
}

function votesAdded({ before, after, fields }: RowChange): number {
  return fields.includes('votes') ? (after?.votes as number) - (before?.votes as number) : 0
}
