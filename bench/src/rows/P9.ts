import type { Snapshot } from '@tidemark/core'
import { type BenchRow, scaled } from '../BenchRow.js'
import { Reader } from '../Reader.js'
import { tasks } from '../schema.js'
import { startBenchNode } from '../startBenchNode.js'
import { insertTasks } from '../taskBatches.js'
import { costText } from '../wireCost.js'

/** The first load of a list by a client that has nothing. */
export const P9: BenchRow = {
  id: 'P9',
  what: 'first load of a list of 1,000 records',
  async run(report, options) {
    const count = scaled(1_000, options, 20)
    await using node = await startBenchNode('sqlite')
    await insertTasks(node, count, 'todo')
    const bob = await Reader.open(node.url, 'bob')
    const list = bob.client.liveList(tasks, { where: { status: 'todo' }, orderBy: 'rank' })
    bob.watch(list)
    const cost = await bob.current()
    report.progress(`  ${costText(cost)}`)
    const rows = list.getSnapshot().data.map(({ $pending: _, ...row }) => row)
    if (rows.length !== count) throw new Error(`The list has ${rows.length} of ${count} records.`)

    const json = Buffer.byteLength(JSON.stringify(rows))
    const of = `of ${count.toLocaleString('en-US')} records`
    report.add({
      id: 'P9a',
      what: `bytes ${of} against their JSON`,
      value: cost.bytes / json,
      unit: '×',
      target: { atMost: 0.5 },
    })
    report.add({ id: 'P9b', what: 'those bytes', value: cost.bytes, unit: 'B', target: null })
    report.add({ id: 'P9c', what: 'their JSON', value: json, unit: 'B', target: null })
    const subscribes = cost.messages.filter(({ type }) => type === 'subscribe').length
    report.add({ id: 'P9d', what: 'subscribe frames', value: subscribes, unit: '', target: { exactly: 1 } })
    const bodies = cost.messages
      .filter(({ type }) => type === 'snapshot')
      .flatMap(({ content }) => (content as Snapshot).items)
      .filter(({ kind }) => kind === 'bodyState' || kind === 'bodyUpdate').length
    report.add({ id: 'P9e', what: 'bodies sent', value: bodies, unit: '', target: { exactly: 0 } })
    await bob.close()
  },
}
