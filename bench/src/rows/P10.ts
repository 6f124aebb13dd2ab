import { type BenchRow, type RunOptions, scaled } from '../BenchRow.js'
import { Reader } from '../Reader.js'
import { tasks } from '../schema.js'
import { startBenchCluster } from '../startBenchCluster.js'
import { titleOf } from '../taskBatches.js'
import { Writer } from '../Writer.js'

/** One publish a commit and workspace, however many nodes listen. */
export const P10: BenchRow = {
  id: 'P10',
  what: 'publishes per workspace in a committed batch, counted by a listener of Redis',
  needs: ['Redis'],
  async run(report, options) {
    for (const [id, size] of [
      ['P10a', 1],
      ['P10b', 3],
      ['P10c', 8],
    ] as const) {
      const { publishes, commits } = await measure(size, options)
      report.progress(`  ${size} nodes: ${publishes} publishes for ${commits} commits`)
      const what = `publishes for a workspace's commit, ${size} ${size === 1 ? 'node' : 'nodes'}`
      report.add({ id, what, value: publishes / commits, unit: '', target: { exactly: 1 } })
    }
  },
}

async function measure(size: number, options: RunOptions) {
  await using cluster = await startBenchCluster(size)
  const readers = await Promise.all(cluster.urls.map((url, index) => Reader.open(url, `reader-${index}`)))
  const lists = readers.map(({ client }) => client.liveList(tasks, { orderBy: 'rank' }))
  type List = (typeof lists)[number]
  for (const [index, reader] of readers.entries()) reader.watch(lists[index] as List)
  await Promise.all(readers.map(reader => reader.current()))

  let publishes = 0
  const listener = cluster.redis.connect()
  listener.on('pmessage', () => publishes++)
  await listener.psubscribe('tm{*}c*')
  const commitsBefore = cluster.commitCount()
  const count = scaled(200, options, 5)
  const writers = await Promise.all([1, 2, 3, 4].map(n => Writer.connect(cluster.urls[0] as string, `writer-${n}`)))
  for (let round = 0; round < count; round++) {
    const values = { title: titleOf(round), rank: round }
    await Promise.all([
      ...writers.map((writer, n) => {
        const write = { op: 'insert', collection: 'tasks', id: `r${round}-${n}`, values } as const
        return writer.push([{ kind: 'write', write }])
      }),
      // Workspaces that nobody watches are published too: the writer does not know who listens.
      cluster.workspace(`other-${round % 3}`).insert(tasks, values),
    ])
  }
  const whole = count * writers.length
  await Promise.all(readers.map((reader, n) => reader.sees(lists[n] as List, ({ data }) => data.length === whole)))
  const commits = cluster.commitCount() - commitsBefore
  await Promise.all([...writers.map(writer => writer.close()), ...readers.map(reader => reader.close())])
  // What was published before this is counted when it comes back.
  await listener.punsubscribe()
  return { publishes, commits }
}
