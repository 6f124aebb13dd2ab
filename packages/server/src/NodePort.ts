import type { AnyCommand, Clock, Envelope, Random, SchemaModel } from '@tidemark/core'
import type { Access } from './access/Access.js'
import type { BaseUser } from './access/AccessRules.js'
import type { UserRate } from './access/UserRate.js'
import type { ReplicaTask } from './authority/Task.js'
import type { Limits } from './limits.js'
import type { Log } from './log/Log.js'
import type { Metrics } from './metrics/Metrics.js'
import type { NodePresence } from './presence/NodePresence.js'
import type { ReadResult, Reads } from './store/Store.js'

/**
 * A node as its doors see it: y-websocket and HTTP go through the same checks, authority and feed as native
 * clients. [A19]
 */
export interface NodePort {
  readonly schema: SchemaModel
  readonly access: Access
  readonly commandByName: ReadonlyMap<string, AnyCommand>
  readonly limits: Limits
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** False once the node is being stopped. */
  readonly isReady: boolean
  /** Whether the store answers: of a cluster, as the lease was last renewed. */
  reachesStore(): Promise<boolean>
  /** Rejects to refuse. */
  authenticate(
    token: string | null,
    headers: Record<string, string | undefined>,
  ): Promise<BaseUser & { readonly expiresAt?: number }>
  /** All from one moment, with the head of that moment. */
  read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>>
  /** Asks the workspace's authority; the answer comes in an envelope. */
  submit(workspace: string, task: ReplicaTask): void
  /** How many mutations of the workspace wait for its authority. */
  waitingCount(workspace: string): number
  /** Every envelope committed after the promise has resolved, in order; `gap` where some are missing. */
  listen(workspace: string, listener: NodeListener): Promise<{ stop(): void }>
  /** Rights changed outside: of one user, or null for all. Resolves when it is committed. */
  accessChanged(workspace: string, subject: string | null): Promise<void>
  readonly presence: NodePresence
  /** Nonsense that each user's connections may still say. */
  readonly faultRate: UserRate
}

export interface NodeListener {
  committed(envelope: Envelope): void
  gap(): void
}
