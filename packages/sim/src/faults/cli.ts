import { parseArgs } from 'node:util'
import type { PartResult } from './Faults.js'
import { runKills } from './kills/runKills.js'
import { printResults } from './printResults.js'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const kills = Number(values.kills)
const seed = Number(values.seed)
const startedAt = Date.now()
const progress = (line: string): void =>
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}`)

/** Whatever hangs: the run ends, and says so. */
const limitMs = 120_000 + kills * 15_000
setTimeout(() => {
  console.log(`✗ did not end within ${limitMs / 1000} s`)
  process.exit(1)
}, limitMs).unref()

const results: PartResult[] = []
if (kills > 0) results.push(await runKills({ kills, seed, progress }))
process.exit(printResults(results, `--kills ${kills} --seed ${seed}`) ? 0 : 1)
