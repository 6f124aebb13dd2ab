import { simulate } from './sim/simulate.js'
const arg = (n: string) => process.argv.includes(n) ? process.argv[process.argv.indexOf(n) + 1] : undefined
const seeds = Number(arg('--seeds') ?? 1), from = Number(arg('--from') ?? 1)
const one = arg('--seed') ? Number(arg('--seed')) : null
const trace = process.argv.includes('--trace')
const only = arg('--faults')?.split(',') as never
const t0 = Date.now()
let bad = 0
const total = new Map<string, number>()
for (let seed = one ?? from; seed <= (one ?? from + seeds - 1); seed++) {
  const t = Date.now()
  const r = await simulate({ seed, print: trace ? l => console.log(l) : undefined, faults: only })
  for (const [k, v] of r.tally) total.set(k, (total.get(k) ?? 0) + v)
  if (r.violation) { bad++; console.log(`seed ${seed}: ${r.violation.message} (${Date.now() - t} ms)`); if (one) console.log(r.violation.stack) }
  if (one) console.log(r.hash, r.steps, r.virtualMs, r.commits, r.faults.join(), Date.now() - t, 'ms')
}
if (one || arg('--table')) console.table(Object.fromEntries([...total].sort()))
console.log(`${bad} failed`, (Date.now() - t0) / 1000)
process.exit(0)
