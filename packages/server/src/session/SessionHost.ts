import type { Random, SchemaModel, SchemaTable } from '@tidemark/core'
import type { Access } from '../access/Access.js'
import type { BaseUser } from '../access/AccessRules.js'
import type { UserRate } from '../access/UserRate.js'
import type { ReplicaTask } from '../authority/Task.js'
import type { Limits } from '../limits.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { Arrivals } from '../socket/Arrivals.js'
import type { Flusher } from '../socket/Flusher.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { TimingWheel } from '../socket/TimingWheel.js'
import type { Store } from '../store/Store.js'
import type { GatewayRunner } from './GatewayRunner.js'

/** Who a token stands for; `expiresAt` in ms. */
export type AuthenticatedUser = BaseUser & { readonly expiresAt?: number }

/** What a session needs of its node. */
export interface SessionHost {
  /** What people call this node. */
  readonly label: string
  readonly schema: SchemaModel
  readonly table: SchemaTable
  readonly access: Access
  readonly limits: Limits
  readonly store: Store
  readonly scheduler: Scheduler
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly wheel: TimingWheel
  readonly flusher: Flusher
  readonly gateways: GatewayRunner
  readonly arrivals: Arrivals
  /** Nonsense that each user's sessions may still say. */
  readonly faultRate: UserRate
  authenticate(token: string | null, headers: Record<string, string | undefined>): Promise<AuthenticatedUser>
  sessionEnded(id: string): void
  /** Asks the workspace's authority; the answer comes in an envelope. */
  submit(workspace: string, task: ReplicaTask): void
  /** Mutations of a workspace that wait to be decided. */
  waitingCount(workspace: string): number
}
