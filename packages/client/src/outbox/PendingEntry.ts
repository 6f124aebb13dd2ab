import type { Mutation, RowWrite } from '@tidemark/core'

/** One call's share of an entry: coalescing puts several into one. */
export interface EntryPart {
  readonly writeId: string
  readonly mutation: Mutation
  readonly stamp: number
  readonly seen: number
}

/**
 * A mutation that is not answered, as it stands in the memory of a tab.
 *
 *   waiting ──handed──► saving ──numbered──► queued ──taken──► sent ──answered──► (gone)
 *                       ▲    │
 *                     again  refused: what was typed
 *                       │    ▼
 *                        kept
 *
 * The row shows it from `waiting` on.
 */
export interface PendingEntry {
  readonly writeId: string
  readonly mutation: Mutation
  readonly stamp: number
  readonly seen: number
  readonly queuedAt: number
  readonly bytes: number
  readonly state:
    | { readonly kind: 'waiting' | 'saving' | 'kept' }
    | { readonly kind: 'queued' | 'sent'; readonly number: number }
  /** All calls that it stands for. */
  readonly calls: readonly string[]
  /** Those of this tab, with what each of them was; none if another tab or an earlier life made it. */
  readonly parts: readonly EntryPart[]
  /** Place among entries without a number: the order of calls. */
  readonly place: number
}

export function numberOf(entry: PendingEntry): number | undefined {
  return 'number' in entry.state ? entry.state.number : undefined
}

/** The body that an entry writes. */
export function bodyOf({ mutation }: Pick<PendingEntry, 'mutation'>): string | undefined {
  return mutation.kind === 'body' ? `${mutation.collection}/${mutation.id}` : undefined
}

/** Numbered entries by their number, the others after them as they were made. */
export function compareEntries(a: PendingEntry, b: PendingEntry): number {
  const numberA = numberOf(a) ?? Infinity
  const numberB = numberOf(b) ?? Infinity
  return numberA === numberB ? a.place - b.place : numberA - numberB
}

/** The row writes that a mutation says itself; a command's are known only by running it. */
export function writesOf(mutation: Mutation): readonly RowWrite[] {
  if (mutation.kind === 'write') return [mutation.write]
  return mutation.kind === 'batch' ? mutation.writes : []
}
