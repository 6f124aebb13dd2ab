import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Member } from '../cluster/Member.js'
import { RealCluster } from '../cluster/RealCluster.js'
import { Faults, type PartResult } from '../Faults.js'
import { inTime } from '../inTime.js'
import { digestsOf } from './digestsOf.js'
import { Editors } from './Editors.js'
import { figuresOf, judgeStorm } from './judgeStorm.js'
import { NodesReading } from './NodesReading.js'
import { Regulars } from './Regulars.js'
import { roomsOf } from './rooms.js'
import { Swarm } from './Swarm.js'

const leaseMs = 3_000
/** Of the many, in one room: half of them look at the same list. */
const clientsPerRoom = 20
const mostRegularRooms = 20
/** Until what is compiled and allocated once is. */
const warmUpMs = 3_000
const patienceMs = 120_000
const againMs = 250
const sessions = 'tidemark_sessions'

export interface ClusterStormOptions {
  /** How many return. */
  readonly clients: number
  readonly nodes?: number
  /** Clients at the other nodes, who stay. */
  readonly regulars?: number
  readonly calmMs?: number
  readonly judgesLatency: boolean
  readonly progress: (line: string) => void
}

/**
 * Of several nodes one hangs and is killed, with all of many clients on it. They return to the others at once, and each
 * has missed something; others stay there, write and are told all the while. [SIM-FAULT-12]
 */
export async function runClusterStorm(options: ClusterStormOptions): Promise<PartResult> {
  const { clients, nodes = 3, regulars: regularCount = 100, calmMs = 10_000, judgesLatency, progress } = options
  const faults = new Faults()
  const rooms = roomsOf(Math.ceil(clients / clientsPerRoom))
  const swarm = new Swarm()
  const cluster = await RealCluster.start({ nodes, leaseMs, isWired: false })
  const [doomed, ...others] = cluster.members as [Member, ...Member[]]
  const urls = others.map(({ node }) => node.url)
  const editors = new Editors(rooms, urls)
  let regulars: Regulars | null = null
  try {
    await editors.fill()
    // What the doomed node owns pauses for a lease, whoever returns: that is not measured here.
    const calmRooms = await roomsOwnedBy(others, cluster)
    regulars = new Regulars(regularCount, calmRooms.slice(0, mostRegularRooms), urls)
    await regulars.start()
    await swarm.come({ url: doomed.node.url, clients, rooms: rooms.length })
    progress(`${clients} clients are at one node`)
    const heapBefore = await heapsOf(others)
    await sleep(Math.min(warmUpMs, calmMs))
    const calmFrom = performance.now()
    await sleep(calmMs)
    const calmTo = performance.now()
    const before = await NodesReading.of(others)

    // It hangs until others have taken over what it owned: nobody hears of these edits before coming back.
    doomed.node.pause()
    await editors.edit()
    progress('a node hangs, and all its clients have missed something')
    await Promise.all(others.map(({ node }) => node.catchUpReads()))
    swarm.goTo(urls)
    const returning = inTime(swarm.returned(), patienceMs)
    const [load = 0] = loadavg()
    progress('the node is killed')
    const stormFrom = performance.now()
    await doomed.kill()
    const report = await returning
    const stormTo = performance.now()
    if (report === undefined) throw new Error(`not all ${clients} clients came back within ${patienceMs / 1000} s`)
    progress('all are back')
    const after = await NodesReading.of(others)
    const reads = await Promise.all(others.map(({ node }) => node.catchUpReads()))

    await regulars.stop()
    const digests = await digestsOf(cluster, rooms)
    const staying = regulars.clients
    const different = await noneOf(async () => {
      return (await swarm.different(digests)) + staying.filter(client => !client.shows(digests)).length
    })
    progress('all is compared')
    await swarm.leave()
    const sessionsBefore = before.metric(sessions)
    await noneOf(async () => (await NodesReading.of(others)).metric(sessions) - sessionsBefore)
    const evidence = {
      clients,
      stormMs: stormTo - stormFrom,
      report,
      calmDelays: regulars.delays(calmFrom, calmTo),
      stormDelays: regulars.delays(stormFrom, stormTo),
      before,
      after,
      heapBefore,
      heapAfter: await heapsOf(others),
      reads,
      different,
      errors: cluster.errors,
    }
    judgeStorm(evidence, judgesLatency, faults)
    return {
      title: 'return of many to a cluster',
      figures: [
        ['nodes', nodes],
        ['rooms, lists in each', `${rooms.length}, 2`],
        ['clients that stay', regularCount],
        ['load of the machine when the node was killed', load.toFixed(1)],
        ...figuresOf(evidence),
      ],
      faults: faults.all,
    }
  } finally {
    regulars?.close()
    editors.close()
    swarm.end()
    await cluster.destroy()
  }
}

/** Those in which one of these nodes was the last to commit. */
async function roomsOwnedBy(members: readonly Member[], cluster: RealCluster): Promise<readonly string[]> {
  const writerByRoom = new Map((await cluster.history()).map(({ workspace, writer }) => [workspace, writer]))
  return [...writerByRoom].filter(([, writer]) => members.some(({ life }) => life === writer)).map(([room]) => room)
}

const heapsOf = (members: readonly Member[]): Promise<number[]> =>
  Promise.all(members.map(({ node }) => node.heapBytes()))

/** What is counted passes with time; else what is left of it. */
async function noneOf(count: () => Promise<number>): Promise<number> {
  const until = performance.now() + patienceMs
  for (;;) {
    const left = await count()
    if (left <= 0 || performance.now() > until) return left
    await sleep(againMs)
  }
}
