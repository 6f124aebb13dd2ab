import { type AnyCommand, randomId, type SchemaDef, schemaModelOf, systemRandom } from '@tidemark/core'
import { Access, type Rules } from '../access/Access.js'
import type { Bus } from '../bus/Bus.js'
import { InProcessBus } from '../bus/InProcessBus.js'
import { defaultLimits, type Limits } from '../limits.js'
import { type Log, noLog } from '../log/Log.js'
import { type Metrics, noMetrics } from '../metrics/Metrics.js'
import { NodeCore, type NodeParts } from '../NodeCore.js'
import { type Scheduler, systemScheduler } from '../socket/Scheduler.js'
import { memory } from '../store/memory/MemoryStore.js'
import type { Store } from '../store/Store.js'

export interface TestNodeOptions {
  readonly schema: SchemaDef
  readonly commands?: readonly AnyCommand[]
  readonly rules?: Partial<Rules>
  readonly authenticate?: NodeParts['authenticate']
  readonly store?: Store
  readonly bus?: Bus
  readonly name?: string
  readonly shardCount?: number
  readonly leaseMs?: number
  readonly limits?: Partial<Limits>
  readonly scheduler?: Scheduler
  readonly metrics?: Metrics
  readonly log?: Log
}

export const userOfToken: NodeParts['authenticate'] = async token => ({ userId: token ?? 'dev' })

/** A node in memory, where a token is the name of its user unless `authenticate` says otherwise. */
export async function testNode(options: TestNodeOptions): Promise<NodeCore> {
  const schema = schemaModelOf(options.schema)
  const rules: Rules = { workspace: () => 'write', collections: {}, ...options.rules }
  return new NodeCore({
    name: options.name ?? randomId(systemRandom),
    ...(options.name !== undefined && { label: options.name }),
    store: options.store ?? (await memory().open(schema)),
    bus: options.bus ?? new InProcessBus(),
    scheduler: options.scheduler ?? systemScheduler,
    random: systemRandom,
    log: options.log ?? noLog,
    metrics: options.metrics ?? noMetrics,
    limits: { ...defaultLimits, ...options.limits },
    shardCount: options.shardCount ?? 1,
    leaseMs: options.leaseMs ?? 0,
    bench: {
      schema,
      access: new Access(schema, rules),
      commandByName: new Map((options.commands ?? []).map(command => [command.name, command])),
    },
    authenticate: options.authenticate ?? userOfToken,
  })
}
