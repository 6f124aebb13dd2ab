import type { OutboxItem } from '@tidemark/client'
import { useClient } from './provider/useClient.js'
import { derivedStore } from './store/derivedStore.js'
import { useStore } from './store/useStore.js'

export interface Outbox {
  readonly size: number
  readonly items: readonly OutboxItem[]
  /** When the oldest was written, in ms; null while it is empty. */
  readonly oldestAt: number | null
}

/** What was written here, in any tab, and is not answered yet. */
export function useOutbox(): Outbox {
  const { outbox } = useClient()
  return useStore(derivedStore(outbox, 'outbox', createDerive))
}

function createDerive() {
  return ({ items }: { readonly items: readonly OutboxItem[] }): Outbox => {
    let oldestAt: number | null = null
    for (const { queuedAt } of items) if (oldestAt === null || queuedAt < oldestAt) oldestAt = queuedAt
    return Object.freeze({ size: items.length, items, oldestAt })
  }
}
