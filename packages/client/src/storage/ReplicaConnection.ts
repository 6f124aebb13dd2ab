import { TidemarkError } from '@tidemark/core'
import {
  openReplicaDatabase,
  type ReplicaDatabase,
  type ReplicaTransaction,
  type StoreName,
} from './replicaDatabase.js'
import { storageError } from './storageError.js'

/**
 * Runs transactions on one database, in the order they were asked for, and says what a failure means.
 *
 * A connection that the browser cut is made again. It ends for good when the database was removed or its form changed
 * by another tab, or when the browser took away a replica that this tab works on.
 */
export class ReplicaConnection {
  readonly #name: () => Promise<string>
  readonly #running = new Set<Promise<unknown>>()
  #database: Promise<ReplicaDatabase> | undefined
  /** Why nothing runs any more. */
  #ended: TidemarkError | undefined
  #holdsReplica = false

  constructor(name: () => Promise<string>) {
    this.#name = name
  }

  /** From now on a database without a replica is one that was lost. */
  holdsReplica(): void {
    this.#holdsReplica = true
  }

  read<T>(stores: StoreName[], work: (tx: ReplicaTransaction<'readonly'>) => Promise<T>): Promise<T> {
    return this.#run(database => database.transaction(stores, 'readonly'), work)
  }

  /** `relaxed`: complete when the operating system has the bytes. */
  write<T>(stores: StoreName[], work: (tx: ReplicaTransaction<'readwrite'>) => Promise<T>): Promise<T> {
    return this.#run(database => database.transaction(stores, 'readwrite', { durability: 'relaxed' }), work)
  }

  /** Ends when all that was asked for has ended. */
  async close(): Promise<void> {
    this.#ended ??= new TidemarkError('CLOSED')
    await Promise.allSettled(this.#running)
    const database = await this.#database?.catch(() => undefined)
    database?.close()
  }

  #run<M extends IDBTransactionMode, T>(
    begin: (database: ReplicaDatabase) => ReplicaTransaction<M>,
    work: (tx: ReplicaTransaction<M>) => Promise<T>,
  ): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const running = this.#transact(begin, work)
    this.#running.add(running)
    const finish = () => this.#running.delete(running)
    running.then(finish, finish)
    return running
  }

  async #transact<M extends IDBTransactionMode, T>(
    begin: (database: ReplicaDatabase) => ReplicaTransaction<M>,
    work: (tx: ReplicaTransaction<M>) => Promise<T>,
  ): Promise<T> {
    const tx = await this.#begin(begin)
    const done = tx.done.then(
      () => undefined,
      (error: unknown) => error ?? 'aborted',
    )
    let result: T
    try {
      result = await work(tx)
    } catch (error) {
      abort(tx)
      throw storageError(error, await done)
    }
    const failure = await done
    if (failure !== undefined) throw storageError(failure)
    return result
  }

  /** A connection that turns out to be dead is made again, once. */
  async #begin<T>(begin: (database: ReplicaDatabase) => T): Promise<T> {
    const first = this.#connected()
    try {
      return begin(await first)
    } catch (error) {
      if (this.#database === first) this.#database = undefined
      if (this.#ended !== undefined) throw this.#ended
      if (!isDeadConnection(error)) throw storageError(error)
    }
    const second = this.#connected()
    try {
      return begin(await second)
    } catch (error) {
      throw this.#ended ?? storageError(error)
    }
  }

  #connected(): Promise<ReplicaDatabase> {
    this.#database ??= this.#connect()
    return this.#database
  }

  async #connect(): Promise<ReplicaDatabase> {
    const database = await openReplicaDatabase(await this.#name(), why => {
      this.#database = undefined
      if (why === 'removed') this.#ended ??= new TidemarkError('CLOSED')
      if (why === 'upgraded') this.#ended ??= new TidemarkError('STORAGE_FAILED')
    })
    if (this.#holdsReplica && (await database.count('meta', 'replica')) === 0) {
      database.close()
      this.#ended ??= new TidemarkError('STORAGE_FAILED')
      throw this.#ended
    }
    return database
  }
}

/** What `transaction()` throws on a connection that is closed or closing. */
const isDeadConnection = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'InvalidStateError'

function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // It has ended by itself.
  }
}
