import { parseArgs } from 'node:util'
import type { PartResult } from './Faults.js'
import { attackInProcess } from './hostile/attackInProcess.js'
import { attackOverSockets } from './hostile/attackOverSockets.js'
import { runKills } from './kills/runKills.js'
import { printResults } from './printResults.js'
import { runSilence } from './silence/runSilence.js'
import { runStorm } from './storm/runStorm.js'

const usage = `pnpm faults [--kills 50] [--frames 1000000] [--clients 200] [--seed n] [--judge-latency]

  --kills n         how often a node under load is killed and started again
  --frames n        hostile frames against a node in this process; one of fifty also goes over a socket
  --clients n       how many clients of a node that is killed return to it at once
  --seed n          the same load, moments and frames again (what the operating system does in between is not)
  --judge-latency   times count too: only on a machine that has nothing else to do`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    frames: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'judge-latency': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const counts = [values.kills, values.frames, values.clients, values.seed].map(Number)
const [kills, frames, clients, seed] = counts as [number, number, number, number]
if (values.help || !counts.every(number => Number.isSafeInteger(number) && number >= 0)) {
  console.log(usage)
  process.exit(values.help ? 0 : 1)
}
const judgesLatency = values['judge-latency']

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
const isWell = printResults(results, `--kills ${kills} --frames ${frames} --clients ${clients} --seed ${seed}`)
process.exit(isWell ? 0 : 1)
