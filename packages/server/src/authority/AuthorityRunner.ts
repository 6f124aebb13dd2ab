import type { Envelope } from '@tidemark/core'
import { type Bus, changesOf } from '../bus/Bus.js'
import type { Placement } from '../cluster/Placement.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { ShardClaim, ShardOwner } from '../store/ShardTable.js'
import type { CommitOutcome, Reads, Store, WorkspaceCommit } from '../store/Store.js'
import type { Misplacement } from './Batch.js'
import type { Bench } from './decide.js'
import { ShardClaims } from './ShardClaims.js'
import { shardOf } from './shardOf.js'
import type { Decided, Task } from './Task.js'
import { TaskTurns } from './TaskTurns.js'
import { type AuthorityEffect, WorkspaceAuthority } from './WorkspaceAuthority.js'

/** What the runner tells the rest of the node. */
export interface AuthorityEvents {
  /** A mutation that cannot be here: its replica's sessions are closed. */
  misplaced(workspace: string, replica: string, code: Misplacement): void
  /** What server code asked for was decided and committed; its change has the seq, or the head where it changed nothing. */
  resolved(ticket: number, decided: Decided, seq: number): void
  committed(workspace: string, head: number): void
  /** The same goes to all nodes by the bus, which may lose it. */
  published(envelope: Envelope): void
  /** The shard is another node's: these were not decided here. */
  displaced(workspace: string, tasks: readonly Task[]): void
}

export interface AuthorityRunnerParts {
  readonly bench: Bench
  readonly store: Store
  readonly bus: Bus
  readonly scheduler: Scheduler
  readonly log: Log
  readonly metrics: Metrics
  readonly owner: ShardOwner
  readonly placement: Placement
  readonly events: AuthorityEvents
}

const retryMs = 200

/**
 * Runs the authorities of a node's shards: opens and loads for them, and commits what all of them have, in one
 * transaction a tick. [A5]
 */
export class AuthorityRunner {
  readonly #entryByWorkspace = new Map<string, Entry>()
  readonly #claims: ShardClaims
  readonly #ready = new Set<Entry>()
  readonly #turns: TaskTurns
  #isCommitScheduled = false
  #isCommitting = false
  #isStopped = false
  #idle: (() => void)[] = []
  readonly #idleByShard = new Map<number, readonly (() => void)[]>()

  constructor(private readonly parts: AuthorityRunnerParts) {
    const { bench, placement } = parts
    this.#claims = new ShardClaims({ ...parts, isOwn: shard => placement.isOwn(shard) })
    const { mutationsPerTurn } = bench.limits
    this.#turns = new TaskTurns(parts.scheduler, mutationsPerTurn, (workspace, task) => this.#submit(workspace, task))
  }

  submit(workspace: string, task: Task): void {
    if (task.kind === 'replica') this.#turns.take(workspace, task)
    else this.#submit(workspace, task)
  }

  /** Shards are to be elsewhere: what is under way is ended, then each is given up for its next owner to take. */
  async placementChanged(): Promise<void> {
    const leaving = this.#claims.shards.filter(shard => !this.parts.placement.isOwn(shard))
    await Promise.all(leaving.map(shard => this.#idleIn(shard)))
    await this.giveUp(leaving.map(shard => this.#claims.claimOf(shard)).filter(({ epoch }) => epoch > 0))
  }

  /** Of these claims, what is to be elsewhere and has nothing under way here is free for its next owner. */
  async giveUp(claims: readonly ShardClaim[]): Promise<void> {
    const { placement, store, log } = this.parts
    const going = claims.filter(({ shard }) => !placement.isOwn(shard) && this.#isIdleIn(shard))
    if (going.length === 0) return
    const shards = new Set(going.map(({ shard }) => shard))
    this.#claims.forget([...shards])
    for (const [workspace, { shard }] of this.#entryByWorkspace) {
      if (shards.has(shard)) this.#entryByWorkspace.delete(workspace)
    }
    await store.release(going).catch(error => log.warn({ error }, 'shards were not given up, it is tried again'))
  }

  /** Workspaces in memory. */
  get workspaceCount(): number {
    return this.#entryByWorkspace.size
  }

  /** Mutations of a workspace that wait to be decided. */
  waitingCount(workspace: string): number {
    const undecided = this.#entryByWorkspace.get(workspace)?.authority.waitingCount ?? 0
    return undecided + this.#turns.waitingCount(workspace)
  }

  /** Resolves when everything submitted so far is decided and committed. */
  async drained(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  stop(): void {
    this.#isStopped = true
    this.#claims.stop()
  }

  #submit(workspace: string, task: Task): void {
    let entry = this.#entryByWorkspace.get(workspace)
    if (entry === undefined) {
      const authority = new WorkspaceAuthority(workspace, this.parts.bench)
      entry = { authority, shard: shardOf(workspace, this.parts.placement.shardCount), generation: 0 }
      this.#entryByWorkspace.set(workspace, entry)
    }
    this.#run(entry, entry.authority.submitted(task, this.#now()))
  }

  #run(entry: Entry, effects: readonly AuthorityEffect[]): void {
    const { bus, events, metrics } = this.parts
    const { workspace } = entry.authority
    for (const effect of effects) {
      switch (effect.kind) {
        case 'open':
          void this.#open(entry)
          break
        case 'load':
          void this.#load(entry, effect)
          break
        case 'commitWanted':
          this.#ready.add(entry)
          this.#scheduleCommit()
          break
        case 'publish':
          for (const { answer } of effect.envelope.answers) {
            metrics.count('mutations', { outcome: answer.status === 'accepted' ? 'accepted' : answer.code })
          }
          events.published(effect.envelope)
          bus.publish(changesOf(workspace), effect.envelope)
          break
        case 'resolve':
          events.resolved(effect.ticket, effect.decided, effect.seq)
          break
        case 'misplaced':
          events.misplaced(workspace, effect.replica, effect.code)
          break
      }
    }
    this.#tellIdle()
  }

  async #open(entry: Entry): Promise<void> {
    const generation = ++entry.generation
    const { store, log } = this.parts
    if (this.#displaceIfMoved(entry)) return
    try {
      const epoch = await this.#claims.epochOf(entry.shard)
      if (epoch === null) {
        this.#displaceIfMoved(entry)
        return
      }
      const place = await store.open(entry.authority.workspace, entry.shard)
      if (generation === entry.generation) this.#run(entry, entry.authority.opened(place, epoch, this.#now()))
    } catch (error) {
      log.error({ error, workspace: entry.authority.workspace }, 'opening a workspace failed, it is tried again')
      this.#later(() => generation === entry.generation && void this.#open(entry))
    }
  }

  async #load(entry: Entry, effect: Extract<AuthorityEffect, { kind: 'load' }>): Promise<void> {
    const { generation, authority } = entry
    const { reads } = effect
    const named: Record<string, Reads[string]> = {}
    for (const [index, read] of reads.entries()) named[index] = read
    try {
      const results: Readonly<Record<string, unknown>> = await this.parts.store.read(authority.workspace, named)
      if (generation !== entry.generation) return
      this.#run(
        entry,
        authority.loaded(
          reads.map((_, index) => results[index]),
          this.#now(),
        ),
      )
    } catch (error) {
      this.parts.log.error({ error, workspace: authority.workspace }, 'loading failed, it is tried again')
      this.#later(() => generation === entry.generation && void this.#load(entry, effect))
    }
  }

  #scheduleCommit(): void {
    if (this.#isCommitScheduled || this.#isCommitting) return
    this.#isCommitScheduled = true
    this.parts.scheduler.soon(() => {
      this.#isCommitScheduled = false
      void this.#commit()
    })
  }

  async #commit(): Promise<void> {
    const entries = [...this.#ready].filter(({ authority }) => authority.wantsCommit)
    this.#ready.clear()
    if (entries.length === 0 || this.#isStopped) return
    this.#isCommitting = true
    let parts = entries.map(entry => ({ entry, commit: entry.authority.takeBatch() }))
    while (parts.length > 0) parts = await this.#commitOnce(parts)
    this.#isCommitting = false
    if (this.#ready.size > 0) this.#scheduleCommit()
    this.#forgetIdle()
    this.#tellIdle()
  }

  /** Workspaces that nobody writes to leave memory, those first that came first: they are read again when they are needed. */
  #forgetIdle(): void {
    const { hotWorkspaces } = this.parts.bench.limits
    for (const [workspace, { authority }] of this.#entryByWorkspace) {
      if (this.#entryByWorkspace.size <= hotWorkspaces) return
      if (authority.isIdle) this.#entryByWorkspace.delete(workspace)
    }
  }

  /** One try. Gives back what is to be tried again without those who were the reason that it failed. */
  async #commitOnce(parts: readonly Part[]): Promise<Part[]> {
    const shards = [...new Set(parts.map(({ entry }) => entry.shard))].sort((a, b) => a - b)
    const epochs = shards.map(shard => this.#claims.claimOf(shard))
    const { log, metrics } = this.parts
    const startedAt = this.#now()
    const outcome = await this.#tryCommit({ epochs, workspaces: parts.map(({ commit }) => commit) })
    metrics.count('commits', { outcome: outcome.status })
    metrics.observe('commitSeconds', (this.#now() - startedAt) / 1000)
    switch (outcome.status) {
      case 'committed':
        for (const { entry, commit } of parts) {
          this.#run(entry, entry.authority.committed(this.#now()))
          this.parts.events.committed(commit.workspace, commit.to)
        }
        return []
      case 'fenced':
        log.warn({ shards: outcome.shards }, 'shards belong to a later epoch; their memory is dropped')
        return this.#renew(parts, outcome.shards)
      case 'unknown':
        log.error({ error: outcome.error }, 'the outcome of a commit is unknown; it is resolved by a new epoch')
        return this.#renew(parts, shards)
      case 'overtaken':
        // Nobody else commits under these epochs: it was this batch itself that came before, sent twice on its way.
        log.error({ workspaces: outcome.workspaces }, 'a commit was overtaken; its outcome is resolved by a new epoch')
        return this.#renew(parts, shards)
      case 'refused': {
        const isCulprit = ({ entry }: Part) => entry.authority.workspace === outcome.workspace
        for (const { entry } of parts.filter(isCulprit)) this.#run(entry, entry.authority.refused(outcome.reason))
        return parts.filter(part => !isCulprit(part))
      }
    }
  }

  async #tryCommit(batch: Parameters<Store['commit']>[0]): Promise<CommitOutcome> {
    try {
      return await this.parts.store.commit(batch)
    } catch (error) {
      return { status: 'unknown', error: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  /** A later epoch for these shards. Every authority in them forgets what it held: none of it is certain. */
  #renew(parts: readonly Part[], shards: readonly number[]): Part[] {
    this.#claims.forget(shards)
    const inFlight = new Set(parts.map(({ entry }) => entry))
    for (const entry of this.#entryByWorkspace.values()) {
      if (!shards.includes(entry.shard) || inFlight.has(entry)) continue
      if (entry.authority.isIdle) this.#entryByWorkspace.delete(entry.authority.workspace)
      else this.#run(entry, entry.authority.failed())
    }
    return this.#fail(parts, ({ entry }) => shards.includes(entry.shard))
  }

  #fail(parts: readonly Part[], isConcerned: (part: Part) => boolean): Part[] {
    for (const part of parts) if (isConcerned(part)) this.#run(part.entry, part.entry.authority.failed())
    return parts.filter(part => !isConcerned(part))
  }

  /** True if the entry's shard is another node's now: its tasks go there. */
  #displaceIfMoved(entry: Entry): boolean {
    const { placement, events } = this.parts
    if (placement.isOwn(entry.shard)) return false
    const { workspace } = entry.authority
    this.#entryByWorkspace.delete(workspace)
    events.displaced(workspace, entry.authority.displaced())
    this.#tellIdle()
    return true
  }

  #tellIdle(): void {
    if (this.#idle.length > 0 && this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
    for (const [shard, resolves] of this.#idleByShard) {
      if (!this.#isIdleIn(shard)) continue
      this.#idleByShard.delete(shard)
      for (const resolve of resolves) resolve()
    }
  }

  async #idleIn(shard: number): Promise<void> {
    if (this.#isIdleIn(shard)) return
    await new Promise<void>(resolve => {
      this.#idleByShard.set(shard, [...(this.#idleByShard.get(shard) ?? []), resolve])
    })
  }

  #isIdleIn(shard: number): boolean {
    for (const entry of this.#entryByWorkspace.values()) {
      if (entry.shard === shard && (!entry.authority.isIdle || this.#ready.has(entry))) return false
    }
    return true
  }

  #isIdle(): boolean {
    for (const { authority } of this.#entryByWorkspace.values()) if (!authority.isIdle) return false
    return !this.#isCommitting && this.#turns.isIdle
  }

  #later(fn: () => void): void {
    this.parts.scheduler.after(retryMs, () => {
      if (!this.#isStopped) fn()
    })
  }

  #now(): number {
    return this.parts.scheduler.now()
  }
}

interface Entry {
  readonly authority: WorkspaceAuthority
  readonly shard: number
  /** Goes up with each opening: what was asked for before it is void. */
  generation: number
}

interface Part {
  readonly entry: Entry
  readonly commit: WorkspaceCommit
}
