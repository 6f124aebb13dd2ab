// What the simulator and the fault tests run the node by: its parts, without its doors.
export { Access, type CollectionRule, type Rules } from './access/Access.js'
export { AuthorityRunner } from './authority/AuthorityRunner.js'
export { WorkspaceAuthority } from './authority/WorkspaceAuthority.js'
export type { Bus, BusMessages, BusSubscription, Topic, TopicKind } from './bus/Bus.js'
export { InProcessBus } from './bus/InProcessBus.js'
export { decodeMessage, encodeMessage } from './bus/redis/messageCodec.js'
export { WorkspaceFeed } from './feed/WorkspaceFeed.js'
export { type Residual, Residuals } from './interest/Residuals.js'
export { defaultLimits, type Limits } from './limits.js'
export { type Log, type LogFields, noLog } from './log/Log.js'
export { noMetrics } from './metrics/Metrics.js'
export { NodeCore } from './NodeCore.js'
export { GatewaySession } from './session/GatewaySession.js'
export type { AuthenticatedUser } from './session/SessionHost.js'
export type { SessionRunner } from './session/SessionRunner.js'
export { WorkspaceGateway } from './session/WorkspaceGateway.js'
export type { Scheduler } from './socket/Scheduler.js'
export type { ServerSocket } from './socket/ServerSocket.js'
export { MemoryDisk } from './store/memory/MemoryDisk.js'
export { memory } from './store/memory/MemoryStore.js'
export type { ClusterPicture, ShardClaim, ShardOwner } from './store/ShardTable.js'
export type {
  AskedStanding,
  CommitBatch,
  CommitOutcome,
  Read,
  ReadResult,
  Reads,
  RecordKey,
  Retention,
  Standing,
  Store,
  StoredReplica,
  WorkspaceCommit,
  WorkspacePlace,
} from './store/Store.js'
export { type StartedNodes, startNodes } from './testing/startNodes.js'
export { topologies } from './testing/topologies.js'
export { NodeWorkspace } from './workspace/NodeWorkspace.js'
