import type { Clock, Envelope, Random, SchemaModel } from '@tidemark/core'
import type { Access } from '../access/Access.js'
import type { BaseUser } from '../access/AccessRules.js'
import type { ReplicaTask } from '../authority/Task.js'
import type { BusPresence } from '../bus/Bus.js'
import type { Limits } from '../limits.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { ReadResult, Reads } from '../store/Store.js'

/** What the door needs of its node: the same checks, order and feed that everyone else goes through. [A19] */
export interface DoorPort {
  readonly schema: SchemaModel
  readonly access: Access
  readonly limits: Limits
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** Rejects to refuse. */
  authenticate(
    token: string | null,
    headers: Record<string, string | undefined>,
  ): Promise<BaseUser & { readonly expiresAt?: number }>
  /** All from one moment, with the head of that moment. */
  read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>>
  /** Asks the workspace's authority; the answer comes in an envelope. */
  submit(workspace: string, task: ReplicaTask): void
  /** Every envelope committed after the promise has resolved, in order; `gap` where some are missing. */
  listen(workspace: string, listener: DoorListener): Promise<{ stop(): void }>
  publishPresence(workspace: string, presence: BusPresence): void
  /** What is published, from here too. */
  onPresence(workspace: string, receive: (presence: BusPresence) => void): () => void
}

export interface DoorListener {
  committed(envelope: Envelope): void
  gap(): void
}
