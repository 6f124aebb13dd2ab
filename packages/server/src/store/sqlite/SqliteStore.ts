import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { randomId, type SchemaModel, TidemarkError } from '@tidemark/core'
import type Database from 'better-sqlite3'
import type { ClusterPicture, ShardClaim, ShardOwner } from '../ShardTable.js'
import type {
  AskedStanding,
  CommitBatch,
  CommitOutcome,
  ReadResult,
  Reads,
  Retention,
  Standing,
  Store,
  WorkspacePlace,
} from '../Store.js'
import type { StoreAdapter } from '../StoreAdapter.js'
import { type StorePlatform, systemPlatform } from '../StorePlatform.js'
import { BatchWriter } from './BatchWriter.js'
import { CollectionKeys } from './CollectionKeys.js'
import { declareIndexes } from './declareIndexes.js'
import { History } from './History.js'
import { LogTender } from './LogTender.js'
import { lockDirectory } from './lockDirectory.js'
import { openDatabase } from './openDatabase.js'
import { WorkspaceReader } from './WorkspaceReader.js'

/**
 * The embedded store: one file, one process, one connection. SQLite works in the caller's turn, so nothing comes
 * between the statements of a verb; the transactions are there for what a crash leaves.
 */
export class SqliteStore implements Store {
  readonly #db: Database.Database
  readonly #platform: StorePlatform
  readonly #writer: BatchWriter
  readonly #reader: WorkspaceReader
  readonly #tender: LogTender
  readonly #statements: ReturnType<typeof prepareStatements>

  /** `unlock` is called when the database is closed. */
  constructor(
    db: Database.Database,
    schema: SchemaModel,
    platform: StorePlatform,
    private readonly unlock: () => void,
  ) {
    const keys = new CollectionKeys(db)
    for (const { name } of schema.collections) keys.make(name)
    declareIndexes(db, schema, keys)
    const history = new History(db, keys)
    this.#db = db
    this.#platform = platform
    this.#writer = new BatchWriter(db, keys)
    this.#reader = new WorkspaceReader(db, schema, keys, history)
    this.#tender = new LogTender(db, keys, history)
    this.#statements = prepareStatements(db)
  }

  async claim(shards: readonly number[], owner: ShardOwner): Promise<readonly ShardClaim[]> {
    this.#mustBeOpen()
    const leaseUntil = this.#platform.clock.now() + owner.leaseMs
    const claimAll = this.#db.transaction(() =>
      shards.map(shard => {
        const epoch = this.#statements.claim.get(shard, owner.node, owner.address, leaseUntil) as number
        return { shard, epoch }
      }),
    )
    return claimAll.immediate()
  }

  /** There is one node: the directory is locked. */
  async renew({ node, address }: ShardOwner): Promise<ClusterPicture> {
    this.#mustBeOpen()
    const shards = this.#statements.shards.all().map(shard => ({ ...shard, node }))
    return { nodes: [{ node, address }], shards }
  }

  async release(): Promise<void> {}

  async leave(): Promise<void> {}

  async post(): Promise<void> {}

  async collect(): Promise<readonly Uint8Array[]> {
    return []
  }

  async open(workspace: string, shard: number): Promise<WorkspacePlace> {
    this.#mustBeOpen()
    const { place, make } = this.#statements
    const known = place.get(workspace)
    if (known !== undefined) return known
    make.run(workspace, shard, randomId(this.#platform.random))
    return place.get(workspace) as WorkspacePlace
  }

  async read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    this.#mustBeOpen()
    return this.#reader.read(workspace, reads)
  }

  async heads(workspaces: readonly string[]): Promise<readonly number[]> {
    this.#mustBeOpen()
    return workspaces.map(workspace => this.#statements.place.get(workspace)?.head ?? 0)
  }

  async standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    this.#mustBeOpen()
    return asked.map(({ workspace, replica }) => {
      const replicas = replica === null ? [] : [replica]
      const { head, found } = this.#reader.read(workspace, { found: { kind: 'replicas', replicas } })
      return { head, known: found[0] }
    })
  }

  async commit(batch: CommitBatch): Promise<CommitOutcome> {
    this.#mustBeOpen()
    return this.#writer.commit(batch, this.#platform.clock.now())
  }

  async tend(policy: Retention, nowMs: number): Promise<void> {
    this.#mustBeOpen()
    for (const _ of this.#tender.tend(policy, nowMs)) {
      await setImmediate()
      if (!this.#db.open) return
    }
  }

  async close(): Promise<void> {
    if (!this.#db.open) return
    this.#db.close()
    this.unlock()
  }

  #mustBeOpen(): void {
    if (!this.#db.open) throw new TidemarkError('CLOSED', 'This store was closed.')
  }
}

/** Everything in one directory, made if it is not there. */
export function sqlite(dir = './.tidemark', platform = systemPlatform): StoreAdapter {
  return {
    '~store': true,
    open: async schema => {
      const path = resolve(dir)
      const unlock = lockDirectory(path)
      let db: Database.Database | undefined
      try {
        db = openDatabase(path, schema)
        return new SqliteStore(db, schema, platform, unlock)
      } catch (error) {
        db?.close()
        unlock()
        throw error
      }
    },
  }
}

function prepareStatements(db: Database.Database) {
  return {
    claim: db
      .prepare<[number, string, string, number], number>(`
      INSERT INTO shard (shard, epoch, owner, address, lease_until) VALUES (?, 1, ?, ?, ?)
      ON CONFLICT (shard) DO UPDATE SET epoch = epoch + 1, owner = excluded.owner, address = excluded.address,
        lease_until = excluded.lease_until RETURNING epoch`)
      .pluck(),
    shards: db.prepare<[], ShardClaim>('SELECT shard, epoch FROM shard'),
    place: db.prepare<[string], WorkspacePlace>('SELECT shard, head, floor, incarnation FROM workspace WHERE name = ?'),
    make: db.prepare(`
      INSERT INTO workspace (name, shard, head, floor, incarnation, log_bytes) VALUES (?, ?, 0, 0, ?, 0)`),
  }
}
