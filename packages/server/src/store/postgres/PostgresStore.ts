import { randomId, type SchemaModel, TidemarkError } from '@tidemark/core'
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
import type { StorePlatform } from '../StorePlatform.js'
import { BatchWriter } from './BatchWriter.js'
import type { Connections } from './Connections.js'
import { LogTender } from './LogTender.js'
import { PostgresMailbox } from './PostgresMailbox.js'
import { PostgresShards } from './PostgresShards.js'
import { WorkspaceReader } from './WorkspaceReader.js'

const placeSql =
  'SELECT shard, head::float8 AS head, floor::float8 AS floor, incarnation FROM workspace WHERE name = $1'

/**
 * The store of a cluster: every node has one of its own on the same tables. Each verb is a statement or a few, each
 * whole by itself, so a node that stops at any point leaves nothing open and holds nothing.
 */
export class PostgresStore implements Store {
  readonly #connections: Connections
  readonly #platform: StorePlatform
  readonly #shards: PostgresShards
  readonly #mailbox: PostgresMailbox
  readonly #writer: BatchWriter
  readonly #reader: WorkspaceReader
  readonly #tender: LogTender
  #isClosed = false

  constructor(connections: Connections, schema: SchemaModel, platform: StorePlatform) {
    this.#connections = connections
    this.#platform = platform
    this.#shards = new PostgresShards(connections)
    this.#mailbox = new PostgresMailbox(connections)
    this.#writer = new BatchWriter(connections)
    this.#reader = new WorkspaceReader(connections, schema)
    this.#tender = new LogTender(connections)
  }

  claim(...asked: Parameters<Store['claim']>): ReturnType<Store['claim']> {
    this.#mustBeOpen()
    return this.#shards.claim(...asked)
  }

  renew(owner: ShardOwner): Promise<ClusterPicture> {
    this.#mustBeOpen()
    return this.#shards.renew(owner)
  }

  release(claims: readonly ShardClaim[]): Promise<void> {
    this.#mustBeOpen()
    return this.#shards.release(claims)
  }

  leave(node: string): Promise<void> {
    this.#mustBeOpen()
    return this.#shards.leave(node)
  }

  post(node: string, word: Uint8Array): Promise<void> {
    this.#mustBeOpen()
    return this.#mailbox.post(node, word)
  }

  collect(node: string): Promise<readonly Uint8Array[]> {
    this.#mustBeOpen()
    return this.#mailbox.collect(node)
  }

  async open(workspace: string, shard: number): Promise<WorkspacePlace> {
    this.#mustBeOpen()
    const place = { text: placeSql, values: [workspace] }
    const [known] = await this.#connections.write<WorkspacePlace>(place)
    if (known !== undefined) return known
    await this.#connections.write({
      text: `
        INSERT INTO workspace (name, shard, head, floor, incarnation, log_bytes) VALUES ($1, $2, 0, 0, $3, 0)
        ON CONFLICT DO NOTHING`,
      values: [workspace, shard, randomId(this.#platform.random)],
    })
    const [made] = await this.#connections.write<WorkspacePlace>(place)
    return made as WorkspacePlace
  }

  async read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    this.#mustBeOpen()
    return this.#reader.read(workspace, reads)
  }

  async heads(workspaces: readonly string[]): Promise<readonly number[]> {
    this.#mustBeOpen()
    const found = await this.#connections.read<{ name: string; head: number }>({
      text: 'SELECT name, head::float8 AS head FROM workspace WHERE name = ANY ($1)',
      values: [workspaces],
    })
    const headByName = new Map(found.map(({ name, head }) => [name, head]))
    return workspaces.map(workspace => headByName.get(workspace) ?? 0)
  }

  async standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    this.#mustBeOpen()
    return this.#reader.standings(asked)
  }

  async commit(batch: CommitBatch): Promise<CommitOutcome> {
    this.#mustBeOpen()
    return this.#writer.commit(batch, this.#platform.clock.now())
  }

  async tend(policy: Retention, nowMs: number): Promise<void> {
    this.#mustBeOpen()
    for await (const _ of this.#tender.tend(policy, nowMs)) if (this.#isClosed) return
  }

  /** What is under way is ended first. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#connections.close()
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new TidemarkError('CLOSED', 'This store was closed.')
  }
}
