/**
 * `npm start`, `npm test` and `npm run cluster` on a machine that has Node and npm and nothing else (a cluster also wants Postgres and Redis): installs, builds, then runs. Uses
 * only what comes with Node, since nothing is installed yet.
 */
import { cluster } from './cluster.mjs'
import { prepare, start } from './start.mjs'
import { test } from './test.mjs'

const [command, ...args] = process.argv.slice(2)
const jobs = { start: () => start(args), test, cluster, 'build-app': prepare }

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Tidemark needs Node 20 or later; this is ${process.version}.`)
  process.exit(1)
}
if (!Object.hasOwn(jobs, command ?? '')) {
  console.error('Usage: node scripts/run.mjs start | test | cluster | build-app')
  process.exit(2)
}
try {
  await jobs[command]()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
