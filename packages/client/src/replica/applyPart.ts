import type { Snapshot } from '@tidemark/core'
import type { Watch } from '../query/Watch.js'
import type { RowKey } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import type { BodyDelta } from './Delta.js'
import type { EventLog } from './EventLog.js'
import type { Held } from './held.js'
import type { RowDraft } from './RowDraft.js'
import { rowRef } from './RowRef.js'

/** A part that waits for the `caughtUp` of its subscription. */
export interface HeldPart extends Snapshot {
  /** When it came, among the parts of all subscriptions. */
  readonly order: number
}

/** The parts of one subscription on their way in. */
export interface PartRound {
  readonly watch: Watch
  /** What was named to the node in a reconciliation. */
  readonly held: Held | null
  /** Of a window that moved: its rows enter and leave before a listener's eyes. */
  readonly log: EventLog | null
  count: number | undefined
  /** False: a part builds on a row that is not here. */
  isComplete: boolean
}

/** What a `caughtUp` changes. */
export interface Catching {
  readonly confirmed: Confirmed
  readonly draft: RowDraft
  readonly bodies: BodyDelta[]
  /** Whether the part is as new as what is known of the row. */
  readonly isNews: (ref: string) => boolean
  readonly seq: number
}

/** Puts a part into the draft, for its subscription. */
export function applyPart(
  { confirmed, draft, bodies, isNews, seq }: Catching,
  round: PartRound,
  { collection, items }: HeldPart,
): void {
  const { held, log } = round
  const { key, target } = round.watch
  for (const item of items) {
    switch (item.kind) {
      case 'row': {
        const ref = rowRef(collection, item.id)
        if (isNews(ref)) draft.put(ref, item.values)
        draft.cover(ref, key)
        log?.entered(key, ref, seq, item.values)
        break
      }
      case 'covered':
        if (!draft.cover(rowRef(collection, item.id), key)) round.isComplete = false
        break
      case 'patch': {
        const ref = rowRef(collection, item.id)
        if (!draft.patch(ref, isNews(ref) ? item.values : {})) round.isComplete = false
        break
      }
      case 'leave': {
        const ref = rowRef(collection, item.id)
        if (target.kind === 'body') {
          bodies.push({ kind: 'dropped', collection, id: item.id })
          break
        }
        log?.left(key, ref, seq, draft.get(ref)?.values)
        if (item.removed) draft.remove(ref)
        else draft.uncover(ref, key)
        break
      }
      case 'leaveHeld': {
        const ref = held?.refs[item.index]
        if (ref !== undefined) draft.uncover(ref, key)
        break
      }
      case 'bodyState':
      case 'bodyUpdate':
        if (target.kind === 'body') bodies.push(bodyDelta(confirmed, target, item.kind, item.bytes))
        break
      case 'count':
        round.count = item.count
    }
  }
}

/** Puts in the rows of a part whose subscription is not caught up yet, for those that are: what nobody covers is not kept. */
export function spreadPart(draft: RowDraft, { collection, items }: HeldPart, isNews: (ref: string) => boolean): void {
  for (const item of items) {
    if (item.kind !== 'row' && item.kind !== 'patch') continue
    const ref = rowRef(collection, item.id)
    if (!isNews(ref)) continue
    if (item.kind === 'row') draft.put(ref, item.values)
    else draft.patch(ref, item.values)
  }
}

function bodyDelta(
  confirmed: Confirmed,
  { collection, id }: RowKey,
  kind: 'bodyState' | 'bodyUpdate',
  bytes: Uint8Array,
): BodyDelta {
  if (kind === 'bodyUpdate') return { kind: 'update', collection, id, update: bytes }
  const isAnother = confirmed.body(rowRef(collection, id)) !== undefined
  return { kind: 'state', collection, id, state: bytes, isAnother }
}
