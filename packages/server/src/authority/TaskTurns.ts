import type { Mutation } from '@tidemark/core'
import type { Scheduler } from '../socket/Scheduler.js'
import type { ReplicaTask } from './Task.js'

/** So much of a body update counts as one mutation more: that is what checking and applying it costs. */
const bytesPerMutation = 4 << 10

/**
 * Shares the turns of the event loop among replicas, so that nobody waits for what another has pushed at once.
 *
 * In each turn a replica gets its share passed on as it comes; what is beyond waits. At the end of the turn the replica
 * that has waited longest gets one share more, one replica a turn: sockets are read and commits made in between.
 */
export class TaskTurns {
  /** Mutations passed on in this turn. */
  readonly #usedByLane = new Map<string, number>()
  /** In the order in which they are served. */
  readonly #waitingByLane = new Map<string, Waiting>()
  readonly #countByWorkspace = new Map<string, number>()
  #isEnding = false

  /** `share`: mutations of one replica a turn. */
  constructor(
    private readonly scheduler: Pick<Scheduler, 'soon'>,
    private readonly share: number,
    private readonly pass: (workspace: string, task: ReplicaTask) => void,
  ) {}

  get isIdle(): boolean {
    return this.#waitingByLane.size === 0
  }

  waitingCount(workspace: string): number {
    return this.#countByWorkspace.get(workspace) ?? 0
  }

  take(workspace: string, task: ReplicaTask): void {
    const lane = laneOf(workspace, task.replica)
    const waiting = this.#waitingByLane.get(lane)
    const isWithin = waiting === undefined && (this.#usedByLane.get(lane) ?? 0) < this.share
    if (!isWithin) {
      if (waiting === undefined) this.#waitingByLane.set(lane, { workspace, tasks: [task] })
      else waiting.tasks.push(task)
      this.#counted(workspace, 1)
    }
    this.#endTurn()
    if (isWithin) this.#pass(lane, workspace, task)
  }

  #endTurn(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.scheduler.soon(() => {
      this.#isEnding = false
      this.#usedByLane.clear()
      this.#serveNext()
    })
  }

  #serveNext(): void {
    const [next] = this.#waitingByLane
    if (next === undefined) return
    const [lane, { workspace, tasks }] = next
    const count = this.#countWithin(tasks)
    const served = tasks.slice(0, count)
    this.#waitingByLane.delete(lane)
    if (count < tasks.length) this.#waitingByLane.set(lane, { workspace, tasks: tasks.slice(count) })
    this.#counted(workspace, -count)
    if (!this.isIdle) this.#endTurn()
    for (const task of served) this.#pass(lane, workspace, task)
  }

  /** How many of them are a share. */
  #countWithin(tasks: readonly ReplicaTask[]): number {
    let sum = 0
    const end = tasks.findIndex(({ entry }) => {
      if (sum >= this.share) return true
      sum += weightOf(entry.mutation)
      return false
    })
    return end < 0 ? tasks.length : end
  }

  #pass(lane: string, workspace: string, task: ReplicaTask): void {
    this.#usedByLane.set(lane, (this.#usedByLane.get(lane) ?? 0) + weightOf(task.entry.mutation))
    this.pass(workspace, task)
  }

  #counted(workspace: string, by: number): void {
    const count = this.waitingCount(workspace) + by
    if (count === 0) this.#countByWorkspace.delete(workspace)
    else this.#countByWorkspace.set(workspace, count)
  }
}

interface Waiting {
  readonly workspace: string
  readonly tasks: ReplicaTask[]
}

/** Two names can contain anything: the length says where the first ends. */
const laneOf = (workspace: string, replica: string): string => `${replica.length} ${replica}${workspace}`

/** What it costs to decide and to commit, in plain writes. */
function weightOf(mutation: Mutation): number {
  if (mutation.kind === 'batch') return Math.max(1, mutation.writes.length)
  return mutation.kind === 'body' ? 1 + Math.floor(mutation.update.byteLength / bytesPerMutation) : 1
}
