import {
  type DBSchema,
  deleteDB,
  type IDBPDatabase,
  type IDBPObjectStore,
  type IDBPTransaction,
  openDB,
  type StoreNames,
} from 'idb'
import type {
  OutboxEntry,
  ReplicaMeta,
  StoredBody,
  StoredOutcome,
  StoredRejection,
  StoredSubscription,
} from './ReplicaStorage.js'

/** The stored form of a replica. Only this file knows its stores and versions. */
export interface ReplicaSchema extends DBSchema {
  rows: { key: BlockKey; value: RowBlock; indexes: { views: string } }
  bodies: { key: [collection: string, id: string]; value: StoredBody }
  /** Which entries were sent is told by `sentNumber`: marking them rewrites none. */
  outbox: { key: number; value: StoredEntry }
  subscriptions: { key: string; value: StoredSubscription }
  inbox: { key: string; value: StoredRejection }
  outcomes: { key: 'latest'; value: readonly StoredOutcome[] }
  meta: { key: 'replica'; value: StoredMeta }
}

/** The collection and the first id that the block may hold; it ends where the next one starts. */
export type BlockKey = [collection: string, start: string]

/** Rows of one collection whose ids follow each other, and all the views that cover any of them. */
export interface RowBlock {
  readonly collection: string
  readonly start: string
  readonly views: readonly string[]
  /** JSON of `[id, values, views]` for each row, in the order of their ids. */
  readonly rows: string
}

export type StoredEntry = Omit<OutboxEntry, 'isSent'>

export interface StoredMeta extends ReplicaMeta {
  /** Counts changes of the set of row blocks. */
  readonly blockRevision: number
}

export type StoreName = StoreNames<ReplicaSchema>
export type ReplicaDatabase = IDBPDatabase<ReplicaSchema>
export type ReplicaTransaction<Mode extends IDBTransactionMode> = IDBPTransaction<ReplicaSchema, StoreName[], Mode>
export type ReplicaObjectStore<Name extends StoreName, Mode extends IDBTransactionMode> = IDBPObjectStore<
  ReplicaSchema,
  StoreName[],
  Name,
  Mode
>

/** From version n to n + 1. What is released is never edited: a new form is a new entry. */
const upgrades: readonly ((database: ReplicaDatabase) => void)[] = [
  database => {
    const rows = database.createObjectStore('rows', { keyPath: ['collection', 'start'] })
    rows.createIndex('views', 'views', { multiEntry: true })
    database.createObjectStore('bodies', { keyPath: ['collection', 'id'] })
    database.createObjectStore('outbox', { keyPath: 'number' })
    database.createObjectStore('subscriptions', { keyPath: 'key' })
    database.createObjectStore('inbox', { keyPath: 'entry.writeId' })
    database.createObjectStore('meta')
  },
  database => void database.createObjectStore('outcomes'),
]

/**
 * Opens a connection. It makes way for an upgrade or a removal that another tab wants. `lost` says why it
 * ended: another tab removed the database or changed its form, or the browser cut the connection.
 */
export function openReplicaDatabase(
  name: string,
  lost: (why: 'removed' | 'upgraded' | 'cut') => void,
): Promise<ReplicaDatabase> {
  return openDB<ReplicaSchema>(name, upgrades.length, {
    upgrade(database, from) {
      for (const upgrade of upgrades.slice(from)) upgrade(database)
    },
    blocking(_from, to, event) {
      const database = event.target as IDBDatabase
      database.close()
      lost(to === null ? 'removed' : 'upgraded')
    },
    terminated: () => lost('cut'),
  })
}

/** Empties a database, then removes it: nothing is left even where an old tab keeps a connection open. */
export async function removeReplicaDatabase(name: string): Promise<void> {
  const database = await openDB(name)
  const stores = [...database.objectStoreNames]
  if (stores.length > 0) {
    const tx = database.transaction(stores, 'readwrite')
    await Promise.all([...stores.map(store => tx.objectStore(store).clear()), tx.done])
  }
  database.close()
  await new Promise<void>((resolve, reject) => {
    deleteDB(name, { blocked: () => resolve() }).then(resolve, reject)
  })
}
