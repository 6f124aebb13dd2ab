import type { ReplicaTask, ServerTask, Task } from '../authority/Task.js'

/** Tasks of one workspace for its owner. */
export interface Forwarding {
  readonly workspace: string
  readonly tasks: readonly Task[]
}

interface Held {
  /** In the order of their numbers. */
  readonly tasksByReplica: Map<string, ReplicaTask[]>
  readonly taskByTicket: Map<number, ServerTask>
  /** How often a replica was out of order since its last answer. */
  readonly faultsByReplica: Map<string, number>
  /** When something was last sent, or answered. */
  movedAt: number
}

/** What is not answered for so long is sent again. */
const repeatMs = 1_000
const mostFaults = 3

/**
 * Mutations for workspaces that other nodes own, each kept until it is answered: messages between nodes may be lost, and
 * owners change. A repeat is harmless, since the owner knows the numbers. [A7]
 *
 * A machine: facts in, what is to be sent out. Where the owner is, is not its business.
 */
export class Forwarder {
  readonly #heldByWorkspace = new Map<string, Held>()

  /** How many wait for the owner of a workspace. */
  waitingCount(workspace: string): number {
    const held = this.#heldByWorkspace.get(workspace)
    if (held === undefined) return 0
    let count = held.taskByTicket.size
    for (const tasks of held.tasksByReplica.values()) count += tasks.length
    return count
  }

  get workspaces(): readonly string[] {
    return [...this.#heldByWorkspace.keys()]
  }

  submitted(workspace: string, task: Task, nowMs: number): Forwarding {
    let held = this.#heldByWorkspace.get(workspace)
    if (held === undefined) {
      held = { tasksByReplica: new Map(), taskByTicket: new Map(), faultsByReplica: new Map(), movedAt: nowMs }
      this.#heldByWorkspace.set(workspace, held)
    }
    if (task.kind === 'server') held.taskByTicket.set(task.ticket, task)
    else {
      const tasks = held.tasksByReplica.get(task.replica) ?? []
      const place = tasks.findIndex(({ entry }) => entry.number >= task.entry.number)
      if (place < 0) tasks.push(task)
      else tasks.splice(place, tasks[place]?.entry.number === task.entry.number ? 1 : 0, task)
      held.tasksByReplica.set(task.replica, tasks)
    }
    return { workspace, tasks: [task] }
  }

  answered(workspace: string, replica: string, number: number, nowMs: number): void {
    const held = this.#heldByWorkspace.get(workspace)
    const tasks = held?.tasksByReplica.get(replica)
    if (held === undefined || tasks === undefined) return
    held.movedAt = nowMs
    held.faultsByReplica.delete(replica)
    const left = tasks.filter(({ entry }) => entry.number > number)
    if (left.length > 0) held.tasksByReplica.set(replica, left)
    else held.tasksByReplica.delete(replica)
    this.#forgetIfEmpty(workspace, held)
  }

  /** The owner found a number out of order: what came before it may have been lost, or is not there. */
  mayTryAgain(workspace: string, replica: string): boolean {
    const held = this.#heldByWorkspace.get(workspace)
    if (!held?.tasksByReplica.has(replica)) return false
    const faults = (held.faultsByReplica.get(replica) ?? 0) + 1
    held.faultsByReplica.set(replica, faults)
    return faults <= mostFaults
  }

  resolved(workspace: string, ticket: number): void {
    const held = this.#heldByWorkspace.get(workspace)
    held?.taskByTicket.delete(ticket)
    if (held !== undefined) this.#forgetIfEmpty(workspace, held)
  }

  /** Nobody here waits for this replica's answers any more. */
  forgotten(workspace: string, replica: string): void {
    const held = this.#heldByWorkspace.get(workspace)
    held?.tasksByReplica.delete(replica)
    if (held !== undefined) this.#forgetIfEmpty(workspace, held)
  }

  /** Nobody here waits for any replica's answers. */
  unwatched(workspace: string): void {
    const held = this.#heldByWorkspace.get(workspace)
    held?.tasksByReplica.clear()
    if (held !== undefined) this.#forgetIfEmpty(workspace, held)
  }

  /** All that waits for the workspace's owner, again: it may be another, or may have missed some. */
  again(workspace: string, nowMs: number): Forwarding {
    const held = this.#heldByWorkspace.get(workspace)
    if (held === undefined) return { workspace, tasks: [] }
    held.movedAt = nowMs
    return { workspace, tasks: [...[...held.tasksByReplica.values()].flat(), ...held.taskByTicket.values()] }
  }

  /** The workspace is this node's own now: its tasks go to the authority here. */
  taken(workspace: string, nowMs: number): readonly Task[] {
    const { tasks } = this.again(workspace, nowMs)
    this.#heldByWorkspace.delete(workspace)
    return tasks
  }

  /** Workspaces from whose owner nothing was heard for long. */
  late(nowMs: number): readonly string[] {
    const late = [...this.#heldByWorkspace].filter(([, { movedAt }]) => nowMs - movedAt >= repeatMs)
    return late.map(([workspace]) => workspace)
  }

  #forgetIfEmpty(workspace: string, held: Held): void {
    if (held.tasksByReplica.size === 0 && held.taskByTicket.size === 0) this.#heldByWorkspace.delete(workspace)
  }
}
