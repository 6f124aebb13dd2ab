import { readFileSync } from 'node:fs'
import { createNode, sqlite } from '@tidemark/server'
import { postgres } from '@tidemark/server/postgres'
import { redis } from '@tidemark/server/redis'
import { nodeOptions } from '../nodeOptions.js'
import { countEvaluations } from './countEvaluations.js'
import type { NodePlace, NodeSaid } from './NodeProcess.js'

/** The program of a node's process. It stops when it is asked to terminate, and ends with its parent, whatever ends that. */
const place = JSON.parse(process.argv[2] as string) as NodePlace
const say = (said: NodeSaid): void => void process.send?.(said)

process.once('disconnect', () => process.exit())
const evaluations = countEvaluations()
const node = await createNode({
  ...nodeOptions,
  name: place.name,
  store: 'dir' in place ? sqlite(place.dir) : postgres(place.postgres),
  ...('redis' in place && { bus: redis(place.redis) }),
})
process.once('SIGTERM', () => void node.stop().then(() => process.exit()))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  say({ kind: 'work', cpuMs: (user + system) / 1000, crowdedOutMs: crowdedOutMs(), evaluations: evaluations() })
})
const { url } = await node.listen({ port: 0 })
say({ kind: 'ready', url: url.replace(/^http/, 'ws') })

/** As Linux counts it. */
function crowdedOutMs(): number {
  const [, waitedNanos] = readFileSync('/proc/self/schedstat', 'utf8').split(' ')
  return Number(waitedNanos) / 1e6
}
