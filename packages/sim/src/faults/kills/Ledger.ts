import type { Receipt } from '@tidemark/core'

/** What a call means to do, as far as it can be told from the store afterwards. */
export type Effect =
  | { readonly kind: 'insert'; readonly id: string }
  | { readonly kind: 'edit'; readonly id: string; readonly votes: number }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'pieces'; readonly stock: string; readonly pieces: number }

/**
 * A call and what its caller was told.
 *
 *   open ──▶ accepted, rejected, cancelled
 *     └────▶ forsaken: the client was closed before it was told
 */
export interface Entry {
  readonly token: string
  readonly userId: string
  readonly effects: readonly Effect[]
  state: 'open' | 'accepted' | 'rejected' | 'cancelled' | 'forsaken'
  code: string | null
  details: unknown
  /** Its caller asked to take it back, and need not have been told whether that was in time. */
  isTakenBack: boolean
}

/** Text that somebody typed into a body; nobody deletes it. */
export interface Typed {
  readonly token: string
  readonly userId: string
  readonly id: string
}

// biome-ignore lint/suspicious/noExplicitAny: receipts of every call alike
type AnyReceipt = Pick<Receipt<any, any>, 'outcome'>

/** All that was asked for in a run, and all that was answered. */
export class Ledger {
  readonly entries: Entry[] = []
  readonly typed: Typed[] = []
  /** Notes and tickets that are surely there, newest last. */
  readonly noteIds: string[] = []
  readonly ticketIds: string[] = []

  add(userId: string, token: string, effects: readonly Effect[], { outcome }: AnyReceipt): Entry {
    const told = { state: 'open', code: null, details: null, isTakenBack: false } as const
    const entry: Entry = { token, userId, effects, ...told }
    this.entries.push(entry)
    void outcome.then(told => {
      entry.state = told.status
      if (told.status !== 'rejected') return
      entry.code = told.code
      entry.details = told.details
    })
    return entry
  }

  /** The user's client is being closed: what it was not told yet, it never will be. */
  forsake(userId: string): void {
    for (const entry of this.entries) if (entry.userId === userId && entry.state === 'open') entry.state = 'forsaken'
  }

  count(state: Entry['state']): number {
    return this.entries.filter(entry => entry.state === state).length
  }
}
