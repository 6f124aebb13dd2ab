import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { balance } from './balance.mjs'
import { ClusterNode } from './ClusterNode.mjs'
import { findPrograms } from './findPrograms.mjs'
import { freePort } from './freePort.mjs'
import { startPostgres } from './startPostgres.mjs'
import { startRedis } from './startRedis.mjs'

const names = ['blue', 'green', 'amber']
const lookEveryMs = 500
const port = Number(process.env.PORT ?? 4800)

/** How to stop what runs, in the order it was started: it is stopped the other way round. */
const stops = []
let stopping

function stopAll() {
  stopping ??= (async () => {
    console.log('\nstopping')
    for (const stop of stops.splice(0).reverse()) await stop()
  })()
  return stopping
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => void stopAll().then(() => process.exit(0)))
}

try {
  await run()
} catch (error) {
  if (!stopping) console.error(error.message)
  await stopAll()
  process.exit(1)
}

async function run() {
  const programs = findPrograms()
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-cluster-'))
  // Postgres may run as another user.
  chmodSync(folder, 0o755)
  stops.push(() => rmSync(folder, { recursive: true, force: true }))

  const DATABASE_URL =
    process.env.DATABASE_URL || (await own('Postgres', startPostgres(programs, join(folder, 'postgres'))))
  const REDIS_URL = process.env.REDIS_URL || (await own('Redis', startRedis(programs, join(folder, 'redis'))))
  const nodes = []
  for (const [index, name] of names.entries()) {
    nodes.push(new ClusterNode(name, await freePort(port + 1 + index), { DATABASE_URL, REDIS_URL }))
  }
  stops.push(() => Promise.all(nodes.map(node => node.stop())))
  const balancer = await balance(nodes, port)
  stops.push(() => void balancer.close())

  watch(nodes)
  await Promise.all(nodes.map(node => node.start()))
  if (stopping) return
  if (nodes.every(({ state }) => state === 'down')) throw new Error('No node has started: they say above why.')
  console.log(`\nOpen http://localhost:${port}: each connection goes to the next node that is up.`)
  console.log(`Type kill, stop or start and a name (${names.join(', ')}), or kill -9 a pid. Ctrl-C stops all.\n`)
  obey(nodes)
}

/** A server that the nodes share: says where it is, and if it dies. */
async function own(title, starting) {
  const { url, program, stop } = await starting
  stops.push(stop)
  console.log(`${title.padEnd(8)} ${url}  pid ${program.pid}`)
  program.exited.then(how => stopping || console.log(`${title} is down (${how}); the nodes go on as they can`))
  return url
}

/** Prints a node's line whenever it is another. */
function watch(nodes) {
  const printed = new Map()
  const look = async () => {
    await Promise.all(nodes.map(node => node.look()))
    for (const node of nodes) {
      if (printed.get(node) === node.line) continue
      printed.set(node, node.line)
      console.log(node.line)
    }
    if (!stopping) setTimeout(look, lookEveryMs)
  }
  void look()
}

function obey(nodes) {
  createInterface({ input: process.stdin }).on('line', line => {
    const [verb, name] = line.trim().split(/\s+/)
    const node = nodes.find(node => node.name === name)
    if (node !== undefined && ['kill', 'stop', 'start'].includes(verb)) void node[verb]()
    else for (const { line } of nodes) console.log(line)
  })
}
