import {
  type CommittedChange,
  type EditOrigin,
  type FieldEdits,
  insertRecord,
  mergeEdits,
  type RecordState,
  type RowValues,
  removeRecord,
  stampFromMs,
} from '@tidemark/core'
import * as Y from 'yjs'
import type { ChangedRecord, RecordKey, WorkspaceCommit } from '../Store.js'

/** One step of a history, in terms of a test. Steps that make no sense (an edit of what is not there) do nothing. */
export type Step =
  | { readonly kind: 'insert'; readonly key: RecordKey; readonly values: RowValues }
  | { readonly kind: 'update'; readonly key: RecordKey; readonly edits: FieldEdits }
  | { readonly kind: 'remove'; readonly key: RecordKey }
  /** `isSmall`: the whole state goes into the batch, too. */
  | { readonly kind: 'type'; readonly key: RecordKey; readonly text: string; readonly isSmall: boolean }
  | { readonly kind: 'access'; readonly subject: string | null }

interface Moment {
  readonly seq: number
  readonly row: RowValues | null
}

interface Body {
  readonly doc: Y.Doc
  readonly updates: { readonly seq: number; readonly update: Uint8Array }[]
}

/**
 * Makes batches as an authority would, and remembers every moment of every record: the naive oracle of the store.
 * The same steps make the same bytes. Counters are fields named `votes`, sets are named `labels`, everything else is a register.
 */
export class Ledger {
  head = 0
  readonly changes: CommittedChange[] = []
  readonly states = new Map<string, { readonly key: RecordKey; readonly state: RecordState }>()
  readonly #moments = new Map<string, { readonly key: RecordKey; readonly moments: Moment[] }>()
  readonly #bodies = new Map<string, Body>()
  #stamp = stampFromMs(1_700_000_000_000)

  constructor(
    readonly workspace: string,
    private readonly writer = 'replica-of-alice',
  ) {}

  /** The next batch, which is remembered as committed. */
  batch(steps: readonly Step[], rest: Partial<WorkspaceCommit> = {}): WorkspaceCommit {
    const from = this.head
    const touched = new Map<string, RecordKey>()
    const small = new Map<string, RecordKey>()
    for (const step of steps) {
      const change = this.#take(step)
      if (change === undefined) continue
      this.head++
      this.changes.push(change)
      if (step.kind === 'access') continue
      if (step.kind !== 'type') touched.set(nameOf(step.key), step.key)
      else if (step.isSmall) small.set(nameOf(step.key), step.key)
      else small.delete(nameOf(step.key))
    }
    const records = Array.from(touched.values(), key => ({ ...key, state: this.state(key) as RecordState }))
    const bodies = [...small.values()].flatMap(key => {
      const body = this.#bodies.get(nameOf(key))
      return body ? [{ ...key, seq: lastSeqOf(body), state: Y.encodeStateAsUpdate(body.doc) }] : []
    })
    const changes = this.changes.slice(from)
    const base = { workspace: this.workspace, from, to: this.head, changes, records, bodies }
    return { ...base, replicas: [], writers: [], ...rest }
  }

  state(key: RecordKey): RecordState | undefined {
    return this.states.get(nameOf(key))?.state
  }

  /** The rows of a collection that stand at the head. */
  rows(collection: string): RowValues[] {
    return [...this.states.values()]
      .filter(({ key, state }) => key.collection === collection && !state.removed)
      .map(({ key, state }) => ({ ...state.values, id: key.id }))
  }

  /** The body as text, and the seqs of its updates; null if there is none. */
  body(key: RecordKey): { readonly text: string; readonly seqs: readonly number[] } | null {
    const body = this.#bodies.get(nameOf(key))
    if (body === undefined) return null
    return { text: textOf(body.doc), seqs: body.updates.map(({ seq }) => seq) }
  }

  /** What `changed` must answer: from what every row was at every seq. */
  changed(collection: string, after: number, id?: string): ChangedRecord[] {
    const found: (ChangedRecord & { readonly first: number })[] = []
    for (const { key, moments } of this.#moments.values()) {
      if (key.collection !== collection || (id !== undefined && key.id !== id)) continue
      const since = moments.filter(({ seq }) => seq > after)
      if (since.length === 0) continue
      const before = moments.filter(({ seq }) => seq <= after).at(-1)?.row ?? null
      const rows = since.map(({ row }) => row)
      found.push({ id: key.id, state: this.state(key) as RecordState, before, rows, first: since[0]?.seq ?? 0 })
    }
    return found.sort((a, b) => a.first - b.first).map(({ first: _, ...record }) => record)
  }

  #take(step: Step): CommittedChange | undefined {
    const seq = this.head + 1
    this.#stamp += 2048
    const base = { seq, userId: 'alice', at: this.#stamp / 2048 }
    if (step.kind === 'access') return { kind: 'access', ...base, subject: step.subject }
    const { key } = step
    const known = this.state(key)
    const origin: EditOrigin = {
      seq,
      stamp: this.#stamp,
      writer: this.writer,
      number: seq,
      userId: 'alice',
      seen: this.head,
    }
    switch (step.kind) {
      case 'insert': {
        if (known !== undefined) return undefined
        const state = insertRecord(step.values, kindOf, origin)
        this.#put(key, state)
        const fields = Object.keys(step.values)
        return { kind: 'insert', ...base, ...key, fields, after: state.values, before: null }
      }
      case 'update': {
        if (known === undefined || known.removed) return undefined
        const { state, fields } = mergeEdits(known, step.edits, origin)
        if (fields.length === 0) return undefined
        this.#put(key, state)
        const touched = [...fields, '$updatedAt', '$updatedBy']
        const before = Object.fromEntries(touched.map(field => [field, known.values[field] ?? null]))
        return { kind: 'update', ...base, ...key, fields, after: state.values, before }
      }
      case 'remove': {
        if (known === undefined || known.removed) return undefined
        this.#put(key, removeRecord(seq))
        this.#bodies.delete(nameOf(key))
        return { kind: 'remove', ...base, ...key, fields: [], after: null, before: known.values }
      }
      case 'type': {
        if (known === undefined || known.removed) return undefined
        const update = this.#type(key, step.text, seq)
        return { kind: 'body', ...base, ...key, update }
      }
    }
  }

  #put(key: RecordKey, state: RecordState): void {
    this.states.set(nameOf(key), { key, state })
    const known = this.#moments.get(nameOf(key)) ?? { key, moments: [] }
    known.moments.push({ seq: state.seq, row: state.removed ? null : state.values })
    this.#moments.set(nameOf(key), known)
  }

  #type(key: RecordKey, text: string, seq: number): Uint8Array {
    const body = this.#bodies.get(nameOf(key)) ?? { doc: new Y.Doc({ guid: nameOf(key) }), updates: [] }
    this.#bodies.set(nameOf(key), body)
    body.doc.clientID = 1
    const vector = Y.encodeStateVector(body.doc)
    const content = body.doc.getText('notes')
    // Every third edit replaces what stands there, so that there is something to collect.
    if (seq % 3 === 0) content.delete(0, content.length)
    content.insert(content.length, text)
    const update = Y.encodeStateAsUpdate(body.doc, vector)
    body.updates.push({ seq, update })
    return update
  }
}

export function textOf(from: Y.Doc | Uint8Array): string {
  const doc = from instanceof Y.Doc ? from : docFrom([from])
  return doc.getText('notes').toString()
}

export function docFrom(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc({ guid: 'read' })
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

const nameOf = ({ collection, id }: RecordKey): string => `${collection} ${id}`

const lastSeqOf = ({ updates }: Body): number => updates.at(-1)?.seq ?? 0

const kindOf = (field: string) => (field === 'votes' ? 'counter' : field === 'labels' ? 'set' : 'register')
