import { hostname } from 'node:os'
import {
  type AnyCommand,
  isTidemarkError,
  randomId,
  type SchemaModel,
  systemRandom,
  TidemarkError,
} from '@tidemark/core'
import { Access, type Rules } from './access/Access.js'
import type { BaseUser } from './access/AccessRules.js'
import { inProcess } from './bus/InProcessBus.js'
import { limitsFrom } from './limitsFrom.js'
import { createLog } from './log/createLog.js'
import { PromMetrics } from './metrics/PromMetrics.js'
import { NodeCore } from './NodeCore.js'
import type { Authenticated, Credentials, NodeOptions, TidemarkNode } from './NodeOptions.js'
import { RunningNode } from './RunningNode.js'
import { systemScheduler } from './socket/Scheduler.js'
import { sqlite } from './store/sqlite/SqliteStore.js'

/** What `createNode` takes, without the types that tie it together. */
export type StartOptions = Pick<
  NodeOptions<never, BaseUser>,
  'commands' | 'store' | 'bus' | 'name' | 'limits' | 'log'
> & {
  readonly authenticate: (credentials: Credentials) => Authenticated<BaseUser> | Promise<Authenticated<BaseUser>>
  readonly access: { readonly workspace: Rules['workspace']; readonly collections?: Rules['collections'] | undefined }
  /** Pages of other origins may call, and `?user=` says who it is. */
  readonly isDevelopment?: boolean
}

/** Among how many shards the workspaces of a cluster are spread: far more than there will be nodes. */
const sharedShards = 1_024

/** Starts a node on a schema's model: opens its store and bus and takes its shards. */
export async function startNode(schema: SchemaModel, options: StartOptions): Promise<TidemarkNode> {
  const limits = limitsFrom(options.limits)
  const anyLog = options.log ?? createLog({ level: process.env.TIDEMARK_LOG ?? 'warn' })
  const log = options.name === undefined ? anyLog : anyLog.child({ node: options.name })
  const metrics = new PromMetrics()
  const { workspace, collections = {} } = options.access
  const commandByName = new Map((options.commands ?? []).map((command: AnyCommand) => [command.name, command]))
  const adapter = options.store ?? sqlite('./.tidemark')
  const store = await adapter.open(schema)
  const bus = await (options.bus ?? inProcess()).open(log)
  const ownName = randomId(systemRandom)
  const node = new NodeCore({
    ...(options.name === undefined ? { name: ownName } : { name: `${options.name}-${ownName}`, label: options.name }),
    address: `${hostname()}, process ${process.pid}`,
    store,
    bus,
    scheduler: systemScheduler,
    random: systemRandom,
    log,
    metrics,
    limits,
    ...(adapter.isShared ? { shardCount: sharedShards, leaseMs: limits.leaseMs } : { shardCount: 1 }),
    bench: { schema, access: new Access(schema, { workspace, collections }), commandByName },
    authenticate: async (token, headers) => {
      try {
        return await options.authenticate({ token, request: { headers } })
      } catch (error) {
        throw isTidemarkError(error) ? error : new TidemarkError('UNAUTHORIZED', undefined, { cause: error })
      }
    },
  })
  try {
    if (adapter.isShared) await node.cluster.join()
  } catch (error) {
    await node.stop()
    throw error
  }
  return new RunningNode({ node, metrics, commandByName, isDevelopment: options.isDevelopment ?? false })
}
