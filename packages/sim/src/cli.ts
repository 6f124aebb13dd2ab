import { simulate } from './sim/simulate.js'
const seeds = Number(process.argv[process.argv.indexOf('--seeds') + 1] ?? 1)
const one = process.argv.includes('--seed') ? Number(process.argv[process.argv.indexOf('--seed') + 1]) : null
const trace = process.argv.includes('--trace')
const t0 = Date.now()
let bad = 0
for (let seed = one ?? 1; seed <= (one ?? seeds); seed++) {
  const t = Date.now()
  const r = await simulate({ seed, print: trace ? l => console.log(l) : undefined })
  if (r.violation) { bad++; console.log(`seed ${seed}: [${r.violation.id}] ${r.violation.message}`); if (one) console.log(r.violation.stack) }
  if (one) console.log(r.hash, r.steps, r.virtualMs, r.commits, r.faults.join(), Date.now() - t, 'ms'), console.table(Object.fromEntries(r.tally))
}
console.log(`${bad} failed`, (Date.now() - t0) / 1000)
process.exit(0)
