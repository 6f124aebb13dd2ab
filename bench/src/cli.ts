import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { exposeGc } from './exposeGc.js'
import { Report } from './Report.js'
import { rows } from './rows/rows.js'
import { missingServers } from './servers.js'

const help = `pnpm bench [--only P1,P2] [--json FILE] [--full] [--check] [--scale N]

  --only   rows to run: ${rows.map(({ id }) => id).join(', ')}
  --json   writes the figures as JSON lines, too
  --full   sizes that take minutes
  --check  ends with 1 if a target is missed
  --scale  multiplies every count: 0.01 for a quick look`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    full: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const wanted = values.only?.split(',').map(id => id.trim())
const unknown = wanted?.filter(id => !rows.some(row => row.id === id)) ?? []
const scale = Number(values.scale)
if (values.help) {
  console.log(help)
} else if (unknown.length > 0 || !(scale > 0)) {
  console.error(
    unknown.length > 0 ? `There is no row ${unknown.join(', ')}.\n\n${help}` : `--scale takes a number.\n\n${help}`,
  )
  process.exitCode = 2
} else {
  exposeGc()
  const report = new Report(
    line => console.error(line),
    line => console.log(line),
  )
  const failed: string[] = []
  for (const row of rows) {
    if (wanted !== undefined && !wanted.includes(row.id)) continue
    const missing = missingServers(row.needs ?? [])
    if (missing.length > 0) {
      report.progress(`${row.id} is left out: ${missing.join(' and ')} not installed here.`)
      continue
    }
    report.progress(`${row.id}: ${row.what}`)
    try {
      await row.run(report, { scale, isFull: values.full })
    } catch (error) {
      failed.push(row.id)
      console.error(`${row.id} failed:`, error)
    }
    report.close(row.id)
  }
  if (values.json !== undefined) await writeFile(values.json, report.jsonLines.map(line => `${line}\n`).join(''))
  for (const { id, what } of report.missed) report.progress(`${id} missed its target: ${what}`)
  if (failed.length > 0 || (values.check && report.missed.length > 0)) process.exitCode = 1
}
