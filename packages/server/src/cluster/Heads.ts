import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { Store } from '../store/Store.js'
import type { ClusterWord } from './clusterMessage.js'
import { HeadWatch } from './HeadWatch.js'

export interface HeadsParts {
  readonly store: Store
  readonly scheduler: Scheduler
  readonly log: Log
  readonly metrics: Metrics
  /** The workspaces that somebody here watches. */
  readonly watched: () => readonly string[]
  /** Where the feed of one of them stands. */
  readonly positionOf: (workspace: string) => number | undefined
  /** Changes up to this head did not come. */
  readonly missing: (workspace: string, head: number) => void
}

/** Heads of workspaces are told for so long after a commit. */
const tellMs = 5_000

/** Where workspaces stand: what was committed here, for others, and what was committed elsewhere and did not come. [A13] */
export class Heads {
  readonly #watch = new HeadWatch()
  /** Committed here, and when. */
  readonly #committed = new Map<string, { readonly head: number; readonly atMs: number }>()
  #isStopped = false

  constructor(private readonly parts: HeadsParts) {}

  committed(workspace: string, head: number): void {
    this.#committed.set(workspace, { head, atMs: this.parts.scheduler.now() })
  }

  /** What was committed here a short while ago. */
  recent(): ClusterWord['heads'] {
    const since = this.parts.scheduler.now() - tellMs
    const heads: [string, number][] = []
    for (const [workspace, { head, atMs }] of this.#committed) {
      if (atMs < since) this.#committed.delete(workspace)
      else heads.push([workspace, head])
    }
    return heads
  }

  /** Somebody knows that it stands there. */
  seen(workspace: string, head: number): void {
    const position = this.parts.positionOf(workspace)
    if (position !== undefined) this.#watch.headSeen(workspace, head, position, this.parts.scheduler.now())
  }

  /** Asks the store where the watched workspaces stand. */
  async poll(): Promise<void> {
    const { watched, store, log } = this.parts
    const workspaces = watched()
    if (workspaces.length === 0) return
    try {
      const heads = await store.heads(workspaces)
      for (const [index, workspace] of workspaces.entries()) this.seen(workspace, heads[index] ?? 0)
    } catch (error) {
      if (!this.#isStopped) log.warn({ error }, 'heads could not be read, they are read again')
    }
  }

  /** What has been waited for long enough is missing. */
  check(): void {
    if (!this.#watch.hasSuspects) return
    const { positionOf, metrics, missing, scheduler } = this.parts
    for (const [workspace, head] of this.#watch.ticked(positionOf, scheduler.now())) {
      metrics.count('headsMissed')
      missing(workspace, head)
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}
