import { type BenchRow, scaled } from '../BenchRow.js'
import { Reader } from '../Reader.js'
import type { Report } from '../Report.js'
import { tasks } from '../schema.js'
import { smallest } from '../smallest.js'
import { type StoreName, startBenchNode } from '../startBenchNode.js'
import { insertTasks, titleOf } from '../taskBatches.js'
import { costText } from '../wireCost.js'

/** Coming back to a watched list: what goes over the wire when little or nothing has changed. */
export const P2: BenchRow = {
  id: 'P2',
  what: 'resume of 1,000 records watched through one list: bytes of messages after welcome, both directions',
  async run(report, options) {
    const count = scaled(1_000, options, 20)
    await measure(report, count, 'memory', ['P2a', 'P2b', 'P2c', 'P2d', 'P2e'])
    await measure(report, count, 'sqlite', ['P2f', 'P2g', 'P2h', 'P2i', 'P2j'])
  },
}

/** A title is a usual change; a name of three letters leaves the envelope the least to hide in. */
const changes = [
  { field: 0, name: 'title', valueAt: (index: number) => `${titleOf(index)}, again` },
  { field: 2, name: 'assignee', valueAt: () => 'bob' },
] as const

type Ids = readonly [unchanged: string, ...changed: readonly [string, string, string, string]]

async function measure(report: Report, count: number, store: StoreName, [unchangedId, ...ids]: Ids): Promise<void> {
  await using node = await startBenchNode(store)
  const taskIds = await insertTasks(node, count, 'todo')
  const bob = await Reader.open(node.url, 'bob')
  const list = bob.client.liveList(tasks, { where: { status: 'todo' }, orderBy: 'rank' })
  bob.watch(list)
  await bob.current()
  const found = list.getSnapshot().data.length
  if (found !== count) throw new Error(`The list has ${found} of ${count} records.`)
  const of = `of ${count.toLocaleString('en-US')} records, ${store}`

  await bob.away()
  const { cost } = await bob.back()
  report.progress(`  ${store}, unchanged: ${costText(cost)}`)
  report.add({ id: unchangedId, what: `unchanged ${of}`, value: cost.bytes, unit: 'B', target: { atMost: 200 } })

  for (const [place, { field, name, valueAt }] of changes.entries()) {
    const since = Math.max(...list.getSnapshot().data.map(({ $updatedAt }) => $updatedAt))
    await bob.away()
    const changed = taskIds.filter((_, index) => index % Math.ceil(count / 10) === 0)
    for (const [index, id] of changed.entries()) await node.workspace.update(tasks, id, { [name]: valueAt(index) })
    const { cost } = await bob.back()
    report.progress(`  ${store}, ${changed.length} changed: ${costText(cost)}`)

    const rows = list.getSnapshot().data.filter(({ id }) => changed.includes(id))
    const isArrived = rows.length === changed.length && rows.every((row, index) => row[name] === valueAt(index))
    if (!isArrived) throw new Error('Not every change has arrived.')
    const least = smallest(
      rows.map(row => ({ id: row.id, field, value: row[name], updatedAt: row.$updatedAt, updatedBy: 0 })),
      since,
    ).byteLength
    const what = `the ${name} of ${changed.length} changed ${of}`
    const target = { atMost: Math.floor(1.1 * least + 64) }
    report.add({ id: ids[2 * place] as string, what, value: cost.bytes, unit: 'B', target })
    const measure = `the smallest encoding of these ${changed.length}`
    report.add({ id: ids[2 * place + 1] as string, what: measure, value: least, unit: 'B', target: null })
  }
  await bob.close()
}
