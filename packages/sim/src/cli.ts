import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type SimulationResult, simulate } from './sim/simulate.js'

/**
 * `pnpm sim --seeds 200`: one history a seed. `--from` says where to begin, `--seed 7 --trace` replays one and prints all of
 * it; `--nodes 3` gives every history so many nodes, `--calm` leaves all faults out. Seeds in `known-seeds.json` show defects that are known and open: they are printed and counted apart, and fail
 * the run only with `--strict`.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string' },
    calm: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})
const file = new URL('../known-seeds.json', import.meta.url)
const known = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>
const nodes = values.nodes === undefined ? undefined : Number(values.nodes)
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const print = values.trace ? (line: string) => console.log(line) : undefined
const progressEvery = 20

const startedAt = Date.now()
const seconds = () => (Date.now() - startedAt) / 1000
const tally = new Map<string, number>()
let failed = 0
let knownFailed = 0
let virtualMs = 0

for (let seed = first; seed < first + count; seed++) {
  const result = await simulate({ seed, print, nodes, faults: values.calm ? [] : undefined })
  virtualMs += result.virtualMs
  for (const [name, times] of result.tally) tally.set(name, (tally.get(name) ?? 0) + times)
  for (const fault of result.faults) tally.set(`seeds with ${fault}`, (tally.get(`seeds with ${fault}`) ?? 0) + 1)
  if (result.violation !== null) report(result)
  const done = seed - first + 1
  if (done % progressEvery === 0) console.log(`${done} of ${count} seeds, ${seconds().toFixed(0)} s`)
  if (values.seed !== undefined) console.log(`trace ${result.hash}, ${result.steps} steps, ${result.commits} commits`)
}

console.table(Object.fromEntries([...tally].sort(([a], [b]) => (a < b ? -1 : 1))))
const perMinute = Math.round((count / seconds()) * 60)
const hours = (virtualMs / 3_600_000).toFixed(1)
console.log(
  `${count} seeds in ${seconds().toFixed(0)} s (${perMinute} a minute, ${hours} hours of virtual time): ` +
    `${failed} violations, ${knownFailed} more that are known`,
)
process.exit(failed > 0 || (values.strict && knownFailed > 0) ? 1 : 0)

function report({ seed, violation }: SimulationResult): void {
  if (violation === null) return
  const isKnown = known[seed] === violation.id
  if (isKnown) knownFailed++
  else failed++
  console.log(`${isKnown ? 'known' : '✗'} seed ${seed}: [${violation.id}] ${violation.message}`)
  if (!isKnown) console.log(`  to replay it: pnpm sim --seed ${seed} --trace`)
  if (values.seed !== undefined) console.log(violation.stack)
}
