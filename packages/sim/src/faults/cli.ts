import { parseArgs } from 'node:util'
import { mustBeDisturbance } from './cluster/disturbances.js'
import { missingServers } from './cluster/missingServers.js'
import { runCluster } from './cluster/runCluster.js'
import type { PartResult } from './Faults.js'
import { attackInProcess } from './hostile/attackInProcess.js'
import { attackOverSockets } from './hostile/attackOverSockets.js'
import { runKills } from './kills/runKills.js'
import { printResults } from './printResults.js'
import { runSilence } from './silence/runSilence.js'
import { runClusterStorm } from './storm/runClusterStorm.js'
import { runStorm } from './storm/runStorm.js'

const usage = `pnpm faults [--kills 50] [--frames 1000000] [--clients 200] [--seed n] [--judge-latency]
       pnpm faults --cluster [--kills 50] [--nodes 3] [--only 'pause a node'] [--seed n] [--without-fence]
       pnpm faults --cluster --storm 5000 [--nodes 3] [--judge-latency]

  --kills n         how often a node under load is killed and started again
  --frames n        hostile frames against a node in this process; one of fifty also goes over a socket
  --clients n       how many clients of a node that is killed return to it at once
  --seed n          the same load, moments and frames again (what the operating system does in between is not)
  --cluster         several nodes on one Postgres and one Redis: as many faults of every kind as --kills says
  --nodes n         how many
  --only kind       of one kind alone
  --storm n         instead: so many clients return to the others at once when their node is killed
  --without-fence   nodes commit whoever owns the shards, which is to be seen
  --judge-latency   times count too: only on a machine that has nothing else to do`

/** The exit code of a run for which something is not installed. */
const leftOut = 2

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    frames: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    cluster: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '3' },
    only: { type: 'string' },
    storm: { type: 'string', default: '0' },
    'without-fence': { type: 'boolean', default: false },
    'judge-latency': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const counts = [values.kills, values.frames, values.clients, values.seed, values.nodes, values.storm].map(Number)
const [kills, frames, clients, seed, nodes, storm] = counts as [number, number, number, number, number, number]
if (values.help || !counts.every(number => Number.isSafeInteger(number) && number >= 0)) {
  console.log(usage)
  process.exit(values.help ? 0 : 1)
}
const missing = values.cluster ? missingServers() : []
if (missing.length > 0) {
  console.log(`not run, for want of ${missing.join(' and ')}`)
  process.exit(leftOut)
}
const judgesLatency = values['judge-latency']

// Servers and nodes are ended where this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const startedAt = Date.now()
const progress = (line: string): void => {
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  console.log(`${String(seconds).padStart(4)} s  ${line}`)
}

/** Whatever hangs: the run ends, and says so. */
const limitMs = 300_000 + kills * 10_000 + frames * 2
setTimeout(() => {
  console.log(`✗ the run did not end within ${limitMs / 1000} s (seed ${seed})`)
  process.exit(1)
}, limitMs).unref()

const isFenced = !values['without-fence']
const isStorm = values.cluster && storm > 0
const results = isStorm ? [await clusterStorm()] : values.cluster ? [await cluster()] : await oneNode()
const given = isStorm
  ? `--cluster --storm ${storm} --nodes ${nodes}`
  : values.cluster
    ? `--cluster --kills ${kills} --nodes ${nodes}${values.only ? ` --only '${values.only}'` : ''}${isFenced ? '' : ' --without-fence'}`
    : `--kills ${kills} --frames ${frames} --clients ${clients}`
const isWell = printResults(results, `${given} --seed ${seed}`)
process.exit(isWell ? 0 : 1)

function cluster(): Promise<PartResult> {
  console.log(`${kills} faults in a cluster of ${nodes} nodes, seed ${seed}`)
  const only = values.only === undefined ? {} : { only: [mustBeDisturbance(values.only)] }
  return runCluster({ kills, nodes, isFenced, seed, progress, ...only })
}

function clusterStorm(): Promise<PartResult> {
  console.log(`${storm} clients return to a cluster of ${nodes} nodes`)
  return runClusterStorm({ clients: storm, nodes, judgesLatency, progress })
}

async function oneNode(): Promise<PartResult[]> {
  console.log(`${kills} kills, ${frames} hostile frames, ${clients} clients that return, seed ${seed}`)
  const results: PartResult[] = []
  // Silence is mostly waiting: it waits beside the kills.
  const silence = runSilence({ judgesLatency })
  silence.catch(() => undefined) // told where it is awaited
  if (kills > 0) results.push(await runKills({ kills, seed, progress }))
  results.push(await silence)
  if (clients > 0) {
    progress(`${clients} clients return`)
    results.push(await runStorm({ clients }))
  }
  if (frames > 0) {
    results.push(await attackInProcess({ frames, seed, progress }))
    results.push(await attackOverSockets({ frames: Math.ceil(frames / 50), seed, judgesLatency, progress }))
  }
  return results
}
