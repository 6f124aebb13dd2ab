import { checkCompatible, checkJson, randomId, type SchemaModel, TidemarkError } from '@tidemark/core'
import { mustFollow } from '../mustFollow.js'
import type { ClusterPicture, ShardClaim, ShardOwner, ShardTable } from '../ShardTable.js'
import type {
  AskedStanding,
  CommitBatch,
  CommitOutcome,
  ReadResult,
  Reads,
  Retention,
  Standing,
  Store,
  WorkspaceCommit,
  WorkspacePlace,
} from '../Store.js'
import type { StoreAdapter } from '../StoreAdapter.js'
import { type StorePlatform, systemPlatform } from '../StorePlatform.js'
import { MemoryDisk, type MemoryWorkspace, nameOf } from './MemoryDisk.js'
import { ownCopy } from './ownCopy.js'
import { readMemory } from './readMemory.js'
import { tendMemory } from './tendMemory.js'

/**
 * The store for tests and the simulator: simple enough to be believed. Each verb does its work at once, in the
 * caller's turn, and answers by a promise. Several may share one disk, as nodes share a database.
 */
export class MemoryStore implements Store {
  #isClosed = false

  constructor(
    private readonly schema: SchemaModel,
    private readonly disk: MemoryDisk,
    private readonly platform: StorePlatform,
  ) {}

  async claim(shards: readonly number[], owner: ShardOwner): Promise<readonly ShardClaim[]> {
    return this.#shards.claim(shards, owner)
  }

  async renew(owner: ShardOwner): Promise<ClusterPicture> {
    return this.#shards.renew(owner)
  }

  async release(claims: readonly ShardClaim[]): Promise<void> {
    return this.#shards.release(claims)
  }

  async leave(node: string): Promise<void> {
    return this.#shards.leave(node)
  }

  async post(node: string, word: Uint8Array): Promise<void> {
    this.#mustBeOpen()
    this.disk.mailByNode.set(node, [...(this.disk.mailByNode.get(node) ?? []), word])
  }

  async collect(node: string): Promise<readonly Uint8Array[]> {
    this.#mustBeOpen()
    const mail = this.disk.mailByNode.get(node) ?? []
    this.disk.mailByNode.delete(node)
    return mail
  }

  async open(workspace: string, shard: number): Promise<WorkspacePlace> {
    this.#mustBeOpen()
    const known = this.disk.workspaceByName.get(workspace)
    if (known !== undefined) return known.place
    const place = { shard, head: 0, floor: 0, incarnation: randomId(this.platform.random) }
    this.disk.workspaceByName.set(workspace, emptyWorkspace(place))
    return place
  }

  async read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    this.#mustBeOpen()
    const tables = this.disk.workspaceByName.get(workspace) ?? emptyWorkspace(nowhere)
    const results: Record<string, unknown> = { head: tables.place.head }
    for (const [name, read] of Object.entries(reads)) results[name] = readMemory(this.schema, tables, read)
    return results as ReadResult<R>
  }

  async heads(workspaces: readonly string[]): Promise<readonly number[]> {
    this.#mustBeOpen()
    return workspaces.map(workspace => this.disk.workspaceByName.get(workspace)?.place.head ?? 0)
  }

  async standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    this.#mustBeOpen()
    return asked.map(({ workspace, replica }) => {
      const tables = this.disk.workspaceByName.get(workspace)
      return { head: tables?.place.head ?? 0, known: replica === null ? undefined : tables?.replicas.get(replica) }
    })
  }

  async commit(batch: CommitBatch): Promise<CommitOutcome> {
    this.#mustBeOpen()
    const refusal = this.#refusalOf(batch)
    if (refusal !== undefined) return refusal
    for (const part of batch.workspaces) this.#apply(part)
    return { status: 'committed' }
  }

  async tend(policy: Retention, nowMs: number): Promise<void> {
    this.#mustBeOpen()
    for (const workspace of this.disk.workspaceByName.values()) tendMemory(workspace, policy, nowMs)
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #refusalOf({ epochs, workspaces }: CommitBatch): CommitOutcome | undefined {
    const lost = epochs.filter(({ shard, epoch }) => this.disk.shards.epochByShard.get(shard) !== epoch)
    if (lost.length > 0) return { status: 'fenced', shards: lost.map(({ shard }) => shard) }
    const overtaken: string[] = []
    for (const part of workspaces) {
      mustFollow(part)
      const place = this.disk.workspaceByName.get(part.workspace)?.place ?? nowhere
      if (!epochs.some(({ shard }) => shard === place.shard)) return { status: 'fenced', shards: [place.shard] }
      if (place.head !== part.from) overtaken.push(part.workspace)
    }
    if (overtaken.length > 0) return { status: 'overtaken', workspaces: overtaken }
    for (const { workspace, records } of workspaces) {
      for (const { state } of records) {
        const problem = checkJson(state.values)
        if (problem) return { status: 'refused', workspace, reason: `${problem.path.join('.')} ${problem.message}` }
      }
    }
    return undefined
  }

  #apply(part: WorkspaceCommit): void {
    const { changes, records, bodies, replicas, writers, to } = ownCopy(part)
    const tables = this.disk.workspaceByName.get(part.workspace) as MemoryWorkspace
    const committedAtMs = this.platform.clock.now()
    for (const change of changes) tables.log.push({ change, committedAtMs })
    tables.place = { ...tables.place, head: to }
    for (const record of records) tables.records.set(nameOf(record), record)
    for (const change of changes) {
      if (change.kind !== 'body') continue
      const known = tables.bodies.get(nameOf(change))
      tables.bodies.set(nameOf(change), {
        state: known?.state ?? null,
        contained: known?.contained ?? 0,
        seq: change.seq,
      })
    }
    for (const body of bodies) {
      const seq = Math.max(body.seq, tables.bodies.get(nameOf(body))?.seq ?? 0)
      tables.bodies.set(nameOf(body), { state: body.state, contained: body.seq, seq })
    }
    for (const record of records) if (record.state.removed) tables.bodies.delete(nameOf(record))
    for (const replica of replicas) tables.replicas.set(replica.replica, replica)
    for (const { clientId, userId } of writers) tables.writers.set(clientId, userId)
  }

  get #shards(): ShardTable {
    this.#mustBeOpen()
    return this.disk.shards.at(this.platform.clock.now())
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new TidemarkError('CLOSED', 'This store was closed.')
  }
}

/** Nothing survives the process, or all that is on the given disk. */
export function memory(disk = new MemoryDisk(), platform = systemPlatform): StoreAdapter {
  return {
    '~store': true,
    open: async schema => {
      const described = schema.describe()
      disk.schema = disk.schema === null ? described : checkCompatible(disk.schema, described)
      return new MemoryStore(schema, disk, platform)
    },
  }
}

const nowhere: WorkspacePlace = { shard: -1, head: 0, floor: 0, incarnation: '' }

function emptyWorkspace(place: WorkspacePlace): MemoryWorkspace {
  return { place, records: new Map(), bodies: new Map(), log: [], replicas: new Map(), writers: new Map() }
}
