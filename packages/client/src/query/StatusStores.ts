import type { Receipt } from '@tidemark/core'
import type { OutboxItem } from '../OutboxItem.js'
import type { RejectionInbox } from '../outbox/Inbox.js'
import type { Outbox } from '../outbox/Outbox.js'
import type { PendingEntry } from '../outbox/PendingEntry.js'
import type { Inbox, Rejection } from '../Rejection.js'
import type { SyncStatus } from '../SyncStatus.js'
import type { Tab } from '../tabs/Tab.js'
import { isSameShape, StoreBase } from './StoreBase.js'

// biome-ignore lint/suspicious/noExplicitAny: the codes are those of whatever is queued
type AnyReceipt = Receipt<unknown, any>

/** How the replica stands with the node. */
export class StatusStore extends StoreBase<SyncStatus> {
  readonly #tab: Tab
  readonly #outbox: Outbox
  readonly #inbox: RejectionInbox

  constructor(tab: Tab, outbox: Outbox, inbox: RejectionInbox) {
    super()
    this.#tab = tab
    this.#outbox = outbox
    this.#inbox = inbox
  }

  protected compute(): SyncStatus {
    return {
      connection: this.#tab.connection,
      node: this.#tab.node,
      pending: this.#outbox.size,
      rejected: this.#inbox.size,
      caughtUpAt: this.#tab.caughtUpAt,
      storage: this.#tab.durability,
      leader: this.#tab.isLeading,
    }
  }

  protected isSame(a: SyncStatus, b: SyncStatus): boolean {
    return isSameShape(a, b)
  }
}

interface OutboxState {
  readonly items: readonly OutboxItem[]
}

/** What waits to be answered. */
export class OutboxStore extends StoreBase<OutboxState> {
  readonly #outbox: Outbox
  readonly receipt: (writeId: string) => AnyReceipt | undefined

  constructor(outbox: Outbox, receipt: (writeId: string) => AnyReceipt | undefined) {
    super()
    this.#outbox = outbox
    this.receipt = receipt
  }

  protected compute(): OutboxState {
    return { items: Object.freeze(this.#outbox.entries.flatMap(itemOf).map(item => Object.freeze(item))) }
  }

  protected isSame(a: OutboxState, b: OutboxState): boolean {
    return (
      a.items.length === b.items.length &&
      a.items.every((item, index) => isSameShape(item, b.items[index] as OutboxItem))
    )
  }
}

function itemOf({ writeId, mutation, queuedAt, state }: PendingEntry): OutboxItem[] {
  const base = { writeId, queuedAt, state: state.kind === 'sent' ? 'sent' : 'queued' } as const
  switch (mutation.kind) {
    case 'command':
      return [{ ...base, kind: 'command', name: mutation.name }]
    case 'write':
      return [{ ...base, kind: 'write', name: mutation.write.collection }]
    case 'body':
      return [{ ...base, kind: 'write', name: mutation.collection }]
    case 'batch':
      return [{ ...base, kind: 'write', name: mutation.writes[0]?.collection ?? '' }]
    case 'void':
      return []
  }
}

/** What was refused, with its content. */
export class RejectionsStore extends StoreBase<Inbox<Rejection>> {
  readonly #inbox: RejectionInbox
  readonly #actions: Pick<Inbox<Rejection>, 'acknowledge' | 'retry'>

  constructor(inbox: RejectionInbox, acknowledge: (writeId: string) => void, retry: (writeId: string) => AnyReceipt) {
    super()
    this.#inbox = inbox
    this.#actions = { acknowledge, retry }
  }

  protected compute(): Inbox<Rejection> {
    return { items: this.#inbox.items, ...this.#actions }
  }

  protected isSame(a: Inbox<Rejection>, b: Inbox<Rejection>): boolean {
    return isSameShape(a, b)
  }
}
