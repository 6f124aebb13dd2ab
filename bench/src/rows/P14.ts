import { defaultLimits } from '@tidemark/server/testing'
import { type BenchRow, scaled } from '../BenchRow.js'
import { NodeGroup } from '../cluster/NodeGroup.js'
import type { NodeProcess } from '../cluster/NodeProcess.js'
import { median } from '../statistics.js'
import { Writer } from '../Writer.js'

const writesAround = 100

/** A client at a node that stays writes into a workspace of a node that goes: its connection lasts, its writes wait. */
export const P14: BenchRow = {
  id: 'P14',
  what: 'how long writes wait when the node that decides them dies or is drained, three nodes',
  needs: ['Postgres', 'Redis'],
  async run(report, options) {
    await using group = await NodeGroup.start(3)
    const calmMs: number[] = []
    const pausesBy = async (cause: string, trials: number, end: (node: NodeProcess) => Promise<void>) => {
      const pausesMs: number[] = []
      for (let trial = 1; trial <= trials; trial++) {
        const { longestCalmMs, longestMs } = await writeWhile(group, `${cause}-${trial}`, end)
        report.progress(`  ${cause}: ${longestMs.toFixed(0)} ms, and ${longestCalmMs.toFixed(0)} ms before it`)
        calmMs.push(longestCalmMs)
        pausesMs.push(longestMs)
      }
      return { median: median(pausesMs), longest: Math.max(...pausesMs), of: `of ${trials}` }
    }
    const death = await pausesBy('death', scaled(3, options), node => node.kill())
    const drain = await pausesBy('drain', scaled(7, options), node => node.stop())

    const add = (id: string, what: string, value: number, atMost?: number) =>
      report.add({ id, what, value, unit: 'ms', target: atMost === undefined ? null : { atMost } })
    add('P14a', `writes paused by the death of a node, median ${death.of}`, death.median, defaultLimits.leaseMs + 1_000)
    add('P14b', `the longest ${death.of}`, death.longest)
    add('P14c', `writes paused by a planned drain, median ${drain.of}`, drain.median, 200)
    add('P14d', `the longest ${drain.of}`, drain.longest)
    add('P14e', `longest wait among ${writesAround} writes before it, median`, median(calmMs))
  },
}

/** The longest that a write waits for its answer: before, and while the node that decides it ends. */
async function writeWhile(group: NodeGroup, name: string, end: (node: NodeProcess) => Promise<void>) {
  const { workspace, writer, owner } = await elsewhere(group, name)
  let written = 0
  const write = async () => {
    const start = performance.now()
    const values = { title: workspace, rank: written }
    const insert = { op: 'insert', collection: 'tasks', id: `${workspace}-${written++}`, values } as const
    await writer.push([{ kind: 'write', write: insert }])
    return performance.now() - start
  }
  let longestCalmMs = 0
  while (written < writesAround) longestCalmMs = Math.max(longestCalmMs, await write())
  let isOver = false
  const ending = end(owner).then(() => {
    isOver = true
  })
  let longestMs = 0
  // The write under way at its end is not the last.
  for (let after = 0; after < writesAround; after += isOver ? 1 : 0) longestMs = Math.max(longestMs, await write())
  await ending
  await writer.close()
  await group.replace(owner)
  return { longestCalmMs, longestMs }
}

/** A writer at the first node, in a workspace that another one decides. */
async function elsewhere(group: NodeGroup, name: string) {
  const [first] = group.nodes as [NodeProcess]
  for (let tries = 1; ; tries++) {
    const workspace = `${name}-${tries}`
    const writer = await Writer.connect(first.url, 'alice', workspace)
    const values = { title: workspace, rank: 0 }
    await writer.push([{ kind: 'write', write: { op: 'insert', collection: 'tasks', id: workspace, values } }])
    const owner = await group.ownerOf(workspace)
    if (owner !== undefined && owner !== first) return { workspace, writer, owner }
    await writer.close()
  }
}
