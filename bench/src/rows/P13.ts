import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresServer } from '@tidemark/server/testing/PostgresServer'
import { type BenchRow, type RunOptions, scaled } from '../BenchRow.js'
import { NodeProcess } from '../cluster/NodeProcess.js'
import { postgresCpuMs } from '../cluster/postgresCpuMs.js'
import { WriterCrowd } from '../cluster/WriterCrowd.js'
import type { Report } from '../Report.js'
import { median, quantile } from '../statistics.js'

const writerCount = 200
const rounds = 3
const pacedSeconds = 8

const spreads = [
  { text: `over ${writerCount} workspaces`, workspaceOf: (n: number) => `spread-${n}`, target: 15_000 },
  { text: 'in one workspace', workspaceOf: () => 'one', target: 10_000 },
] as const

/** What a durable write costs a node, from the socket to the socket. Stores take turns, so both see the same machine. */
export const P13: BenchRow = {
  id: 'P13',
  what: `durable writes of ${writerCount} sessions through one node, Postgres and SQLite`,
  needs: ['Postgres'],
  async run(report, options) {
    const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
    const server = await PostgresServer.start([]) // with `fsync`
    const nodes = await Promise.all([
      NodeProcess.start({ name: 'postgres', postgres: server.url }),
      NodeProcess.start({ name: 'sqlite', dir }),
    ])
    try {
      let letter = 'a'.charCodeAt(0)
      const nextId = () => `P13${String.fromCharCode(letter++)}`
      for (const spread of spreads) await measureSpread(spread, nodes, server, nextId, report, options)
    } finally {
      await Promise.all(nodes.map(node => node.kill()))
      await server.stop()
      await rm(dir, { recursive: true })
    }
  },
}

async function measureSpread(
  { text, workspaceOf, target }: (typeof spreads)[number],
  nodes: readonly NodeProcess[],
  server: PostgresServer,
  nextId: () => string,
  report: Report,
  options: RunOptions,
): Promise<void> {
  const workspaces = Array.from({ length: writerCount }, (_, n) => workspaceOf(n))
  const benches = await Promise.all(
    nodes.map(async node => ({ node, crowd: await WriterCrowd.connect(node.url, workspaces), full: [] as Full[] })),
  )
  const count = scaled(40_000, options, writerCount)
  for (let round = 0; round <= rounds; round++) {
    for (const { node, crowd, full } of benches) {
      const measured = await writeFull(node, crowd, server, count)
      report.progress(
        `  ${node.name}, ${text}: ${measured.perCore.toFixed(0)}/s a core, ${measured.perSecond.toFixed(0)}/s`,
      )
      if (round > 0) full.push(measured) // the first is to warm up
    }
  }
  for (const { node, crowd, full } of benches) {
    const medianOf = (key: keyof Full) => median(full.map(measured => measured[key]))
    const rate = Math.min(target, medianOf('perSecond')) / 2
    const before = await node.work()
    const waits = await crowd.writePaced(rate, scaled(rate * pacedSeconds, options, writerCount))
    const after = await node.work()
    const [workedMs, crowdedOutMs] = [after.cpuMs - before.cpuMs, after.crowdedOutMs - before.crowdedOutMs]
    const of = `${text}, ${node.name}`
    const add = (what: string, value: number, unit: string, bound: { atLeast: number } | { atMost: number } | null) =>
      report.add({ id: nextId(), what: `${what}, ${of}`, value, unit, target: bound })
    add('durable writes for a second of node CPU', medianOf('perCore'), '/s', { atLeast: target })
    add(`p99 at ${Math.round(rate)}/s`, quantile(waits, 0.99), 'ms', { atMost: 50 })
    add('meanwhile the node waited for a core', (100 * crowdedOutMs) / (workedMs + crowdedOutMs), '%', null)
    add('reached in a second', medianOf('perSecond'), '/s', null)
    if (node.name === 'postgres') add("Postgres' own CPU for a write", medianOf('postgresMicros'), 'µs', null)
    await crowd.close()
  }
}

interface Full {
  readonly perCore: number
  readonly perSecond: number
  readonly postgresMicros: number
}

async function writeFull(node: NodeProcess, crowd: WriterCrowd, server: PostgresServer, count: number): Promise<Full> {
  const [before, postgresBefore] = await Promise.all([node.work(), postgresCpuMs(server)])
  const { writes, perSecond } = await crowd.writeAll(count)
  const [after, postgresAfter] = await Promise.all([node.work(), postgresCpuMs(server)])
  return {
    perCore: (writes * 1000) / (after.cpuMs - before.cpuMs),
    perSecond,
    postgresMicros: ((postgresAfter - postgresBefore) * 1000) / writes,
  }
}
