import { type Envelope, effectiveStamp, UnreadSignal } from '@tidemark/core'
import { replicaPrefix } from '../store/nodeReplicas.js'
import type { Read, WorkspaceCommit, WorkspacePlace } from '../store/Store.js'
import { Batch, type Misplacement } from './Batch.js'
import { Draft, type Unread } from './Draft.js'
import { type Bench, decideReplicaTask, decideServerTask } from './decide.js'
import { expectedReads, remember } from './remember.js'
import { answerFrom, type Decided, type ReplicaTask, rejected, type ServerTask, type Task } from './Task.js'
import { WorkspaceMemory } from './WorkspaceMemory.js'

export type AuthorityEffect =
  /** Take the shard's next epoch if the last one is in doubt, read the head, and call `opened`. */
  | { readonly kind: 'open' }
  /** Read all of this at one moment and call `loaded`. */
  | { readonly kind: 'load'; readonly reads: readonly Read[] }
  /** `takeBatch` has something for the next commit. */
  | { readonly kind: 'commitWanted' }
  | { readonly kind: 'publish'; readonly envelope: Envelope }
  | { readonly kind: 'resolve'; readonly ticket: number; readonly decided: Decided; readonly seq: number }
  /** A mutation that cannot be here: the replica's sessions are closed with this code. */
  | { readonly kind: 'misplaced'; readonly replica: string; readonly code: Misplacement }

/** Tasks that are looked ahead at when something has to be loaded anyway. */
const lookAhead = 256

/**
 * The single writer of one workspace: decides mutations in order and hands batches to the store.
 *
 *   closed ──submitted──▶ opening ──opened──▶ open ◀──loaded── loading
 *                            ▲                 │  ──a read is not in memory──▲
 *                            └──commitFailed───┘
 *
 * Answers, changes and refusals alike leave only by `committed`: nothing of an uncommitted batch is ever
 * told to anyone [G1], and nothing that the memory of an owner says which is none any more [G3]. While one batch is being committed the next is decided on top of it; if a commit
 * fails, all memory is dropped and both are decided again from the store.
 */
export class WorkspaceAuthority {
  #phase: 'closed' | 'opening' | 'open' = 'closed'
  #memory: WorkspaceMemory | null = null
  #loading: readonly Unread[] | null = null
  #waiting: Task[] = []
  #open: Batch | null = null
  #inFlight: Batch | null = null
  #committedTo = 0
  /** How often the first waiting task has met a read that was not in memory. */
  #restarts = 0
  /** Memory was dropped: at the next opening everyone is told the head, since an envelope may be missing. */
  #isInDoubt = false
  /** After a batch that the store refused each task gets a batch of its own, until they are decided. */
  #splitting = new Set<Task>()
  /** What is answered to a task that the store refused when it was alone. */
  readonly #unstorable = new Map<Task, Decided>()

  constructor(
    readonly workspace: string,
    private readonly bench: Bench,
  ) {}

  /** Whether there is something to commit and no commit under way. */
  get wantsCommit(): boolean {
    return this.#open !== null && this.#inFlight === null
  }

  /** Nothing waits and nothing is under way: it may be forgotten. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#isBusy && this.#phase !== 'opening'
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  submitted(task: Task, nowMs: number): AuthorityEffect[] {
    this.#waiting.push(task)
    return this.#advance(nowMs)
  }

  opened(place: WorkspacePlace, epoch: number, nowMs: number): AuthorityEffect[] {
    this.#phase = 'open'
    this.#memory = new WorkspaceMemory(place.head, epoch)
    const effects: AuthorityEffect[] = []
    if (this.#isInDoubt) {
      const { head } = place
      const envelope = { workspace: this.workspace, epoch, from: head, to: head, changes: [], answers: [] }
      effects.push({ kind: 'publish', envelope })
    }
    this.#isInDoubt = false
    return [...effects, ...this.#advance(nowMs)]
  }

  /** What the last `load` asked for, in its order. */
  loaded(results: readonly unknown[], nowMs: number): AuthorityEffect[] {
    const loading = this.#loading
    const memory = this.#memory
    if (loading === null || memory === null) return []
    this.#loading = null
    for (const [index, unread] of loading.entries()) remember(this.bench.schema, memory, unread, results[index])
    return this.#advance(nowMs)
  }

  /** The open batch goes to the store. */
  takeBatch(): WorkspaceCommit {
    const batch = this.#open as Batch
    this.#inFlight = batch
    this.#open = null
    return batch.commit(this.workspace)
  }

  committed(nowMs: number): AuthorityEffect[] {
    const batch = this.#inFlight as Batch
    const memory = this.#memory as WorkspaceMemory
    this.#inFlight = null
    this.#committedTo = batch.to
    if (this.#open === null) this.#age(memory)
    const effects: AuthorityEffect[] = []
    const { from, to, changes, answers } = batch
    if (changes.length > 0 || answers.length > 0) {
      const envelope = { workspace: this.workspace, epoch: memory.epoch, from, to, changes, answers }
      effects.push({ kind: 'publish', envelope })
    }
    for (const [replica, code] of batch.misplaced) effects.push({ kind: 'misplaced', replica, code })
    for (const [ticket, decided] of batch.resolved) effects.push({ kind: 'resolve', ticket, decided, seq: to })
    for (const task of batch.tasks) {
      this.#splitting.delete(task)
      this.#unstorable.delete(task)
    }
    return [...effects, ...this.#advance(nowMs)]
  }

  /** The workspace is another node's: nothing of it stays here, and what was not committed is to be decided there. */
  displaced(): readonly Task[] {
    const tasks = [...(this.#inFlight?.tasks ?? []), ...(this.#open?.tasks ?? []), ...this.#waiting]
    this.#inFlight = null
    this.#open = null
    this.#memory = null
    this.#loading = null
    this.#waiting = []
    this.#phase = 'closed'
    return tasks
  }

  /**
   * The commit was fenced, or failed, or its outcome is unknown. What was decided since the last one is void, in
   * memory as well: the tasks are decided again from the store.
   */
  failed(): AuthorityEffect[] {
    this.#waiting = [...(this.#inFlight?.tasks ?? []), ...(this.#open?.tasks ?? []), ...this.#waiting]
    this.#inFlight = null
    this.#open = null
    this.#memory = null
    this.#loading = null
    this.#phase = 'opening'
    this.#isInDoubt = true
    return [{ kind: 'open' }]
  }

  /** The store cannot hold what is in the batch: it is split, and a task that was alone is answered `INVALID`. */
  refused(reason: string): AuthorityEffect[] {
    const tasks = this.#inFlight?.tasks ?? []
    const [only] = tasks
    if (tasks.length === 1 && only !== undefined) {
      this.#unstorable.set(only, rejected('INVALID', `The store cannot hold this: ${reason}.`))
    } else for (const task of tasks) this.#splitting.add(task)
    return this.failed()
  }

  get #isBusy(): boolean {
    return this.#open !== null || this.#inFlight !== null || this.#loading !== null
  }

  #advance(nowMs: number): AuthorityEffect[] {
    if (this.#phase === 'closed' && this.#waiting.length > 0) {
      this.#phase = 'opening'
      return [{ kind: 'open' }]
    }
    const memory = this.#memory
    if (this.#phase !== 'open' || memory === null || this.#loading !== null) return []
    const effects: AuthorityEffect[] = []
    let decided = 0
    for (const task of this.#waiting) {
      if (this.#splitting.size > 0 && (this.#open !== null || this.#inFlight !== null)) break
      const unread = this.#decide(memory, task, nowMs)
      if (unread !== null) {
        this.#loading = this.#readAhead(memory, unread, decided)
        effects.push({ kind: 'load', reads: this.#loading.map(({ read }) => read) })
        break
      }
      decided++
    }
    this.#waiting.splice(0, decided)
    if (this.#loading === null) memory.committedUpTo(this.#committedTo)
    if (this.wantsCommit) effects.push({ kind: 'commitWanted' })
    return effects
  }

  /** Decides one task; gives back what has to be loaded first. */
  #decide(memory: WorkspaceMemory, task: Task, nowMs: number): Unread | null {
    try {
      if (task.kind === 'replica') this.#decideReplica(memory, task, nowMs)
      else this.#decideServer(memory, task, nowMs)
      this.#restarts = 0
      memory.lists.clear()
      return null
    } catch (error) {
      if (!(error instanceof UnreadSignal)) throw error
      this.#restarts++
      return error.target as Unread
    }
  }

  #decideReplica(memory: WorkspaceMemory, task: ReplicaTask, nowMs: number): void {
    const draft = new Draft(memory)
    const replica = draft.replica(task.replica)
    const last = replica?.lastNumber ?? 0
    const { number } = task.entry
    if (replica !== null && replica.userId !== task.user.userId) {
      this.#batchFor(memory, task).misplaced.set(task.replica, 'WRONG_USER')
    } else if (number > last + 1) {
      this.#batchFor(memory, task).misplaced.set(task.replica, 'OUT_OF_ORDER')
    } else if (number <= last) {
      // Told only with a commit: what is stored here may itself still wait for one.
      const answer = replica?.answers.find(stored => stored.number === number) ?? { number, status: 'accepted' }
      const batch = this.#batchFor(memory, task)
      batch.answers.push({ replica: task.replica, answer })
    } else {
      const decided = this.#settledBefore(task) ?? decideReplicaTask(this.bench, draft, task, replica, nowMs)
      const answer = answerFrom(number, decided)
      const batch = this.#batchFor(memory, task)
      if (decided.status === 'accepted') batch.keep(draft)
      const isPlain = answer.status === 'accepted' && answer.result === undefined && answer.refused === undefined
      const unconfirmed = (replica?.answers ?? []).filter(stored => stored.number > task.answered)
      batch.keepReplica({
        replica: task.replica,
        userId: task.user.userId,
        lastNumber: number,
        lastStamp: effectiveStamp(task.entry.stamp, nowMs, replica?.lastStamp ?? 0),
        answers: isPlain ? unconfirmed : [...unconfirmed, answer],
        seenAt: nowMs,
      })
      batch.answers.push({ replica: task.replica, answer })
    }
  }

  #decideServer(memory: WorkspaceMemory, task: ServerTask, nowMs: number): void {
    const { work, ticket, userId } = task
    const draft = new Draft(memory)
    const key = keyOfServerTask(task)
    const known = key === null ? undefined : draft.replica(key)?.answers[0]
    const decided = known ?? this.#settledBefore(task) ?? decideServerTask(this.bench, draft, task, nowMs)
    const listener = work.kind === 'position' ? `${replicaPrefix.listener}${work.name}` : null
    const before = listener === null ? undefined : draft.replica(listener)
    const batch = this.#batchFor(memory, task)
    batch.resolved.push([ticket, decided])
    if (known !== undefined) return
    if (decided.status === 'accepted') batch.keep(draft)
    const base = { userId, lastStamp: 0, seenAt: nowMs }
    if (key !== null) batch.keepReplica({ ...base, replica: key, lastNumber: 1, answers: [answerFrom(1, decided)] })
    if (work.kind === 'position' && listener !== null) {
      // The node that listened before may be the slower one: it never goes back.
      const lastNumber = Math.max(before?.lastNumber ?? 0, work.seq)
      batch.keepReplica({ ...base, replica: listener, lastNumber, answers: [] })
    }
  }

  #settledBefore(task: Task): Decided | undefined {
    const { commandRestarts } = this.bench.limits
    if (this.#restarts > commandRestarts) {
      return rejected(
        'INVALID',
        `The command started over more than ${commandRestarts} times: it reads too many lists.`,
      )
    }
    return this.#unstorable.get(task)
  }

  #batchFor(memory: WorkspaceMemory, task: Task): Batch {
    this.#open ??= new Batch(memory)
    this.#open.tasks.push(task)
    return this.#open
  }

  #readAhead(memory: WorkspaceMemory, first: Unread, from: number): readonly Unread[] {
    const wanted = new Map([[first.name, first]])
    for (const task of this.#waiting.slice(from, from + lookAhead)) expectedReads(memory, task, wanted)
    return [...wanted.values()]
  }

  #age(memory: WorkspaceMemory): void {
    const { hotRecords, hotBodies } = this.bench.limits
    memory.records.age(hotRecords)
    memory.replicas.age(hotRecords)
    memory.writers.age(hotRecords)
    memory.bodies.age(hotBodies)
  }
}

/**
 * Under what name it is remembered, so that it counts once: the app's key; or its own, since after a commit of unknown outcome, and
 * on its way to another node, it is asked for again. What says where something is to be may say so however often.
 */
function keyOfServerTask({ idempotencyKey, work, writeId }: ServerTask): string | null {
  if (idempotencyKey !== undefined) return `${replicaPrefix.key}${idempotencyKey}`
  return work.kind === 'position' || work.kind === 'access' ? null : `${replicaPrefix.ask}${writeId}`
}
