import { type BenchRow, scaled } from '../BenchRow.js'
import { Reader } from '../Reader.js'
import type { Report } from '../Report.js'
import { tasks } from '../schema.js'
import { type BenchNode, startBenchNode } from '../startBenchNode.js'
import { insertTasks, titleOf } from '../taskBatches.js'
import { costText, type WireCost } from '../wireCost.js'

const listed = 100
const rounds = 61

/** A return costs what has changed, however much is stored. */
export const P5: BenchRow = {
  id: 'P5',
  what: 'resume of a list as stored records grow, the same change each time (SQLite)',
  async run(report, options) {
    const counts = [scaled(10_000, options, 200), scaled(options.isFull ? 1_000_000 : 200_000, options, 2_000)] as const
    await using few = await Stock.open(counts[0], report)
    await using many = await Stock.open(counts[1], report)
    // In turns, so that a busy moment of the machine meets both.
    for (let round = 0; round < rounds; round++) {
      await few.resume(round)
      await many.resume(round)
    }
    const [before, after] = [few.measured, many.measured]
    report.progress(`  ${costText(after.cost)}`)
    const from = `${text(counts[0])} → ${text(counts[1])} stored`
    const note = options.isFull ? '' : ' (1,000,000 with --full)'
    report.add({
      id: 'P5a',
      what: `time, ${from}${note}`,
      value: after.ms / before.ms,
      unit: '×',
      target: { atMost: 1.2 },
    })
    const growth = after.cost.bytes / before.cost.bytes
    report.add({ id: 'P5b', what: `bytes, ${from}`, value: growth, unit: '×', target: { atMost: 1.2 } })
    for (const [ids, count, { ms, cost }] of [
      [['P5c', 'P5d'], counts[0], before],
      [['P5e', 'P5f'], counts[1], after],
    ] as const) {
      const what = `connect to caught up among ${text(count)}, median of ${rounds}`
      report.add({ id: ids[0], what, value: ms, unit: 'ms', target: null })
      report.add({
        id: ids[1],
        what: `bytes after welcome among ${text(count)}`,
        value: cost.bytes,
        unit: 'B',
        target: null,
      })
    }
  },
}

/** A node with so many records in one collection, and a client that watches a hundred of them. */
class Stock {
  readonly #times: number[] = []
  #cost: WireCost = { bytes: 0, messages: [] }

  private constructor(
    private readonly node: BenchNode,
    private readonly watched: readonly string[],
    private readonly bob: Reader,
  ) {}

  static async open(count: number, report: Report): Promise<Stock> {
    const node = await startBenchNode('sqlite')
    const watched = await insertTasks(node, listed, 'doing')
    await insertTasks(node, count - listed, 'todo', inserted => {
      if (inserted % 50_000 === 0) report.progress(`  ${text(inserted)} records stored`)
    })
    const bob = await Reader.open(node.url, 'bob')
    const stock = new Stock(node, watched, bob)
    bob.watch(stock.#list)
    await bob.current()
    return stock
  }

  /** One record changes while the client is away. */
  async resume(round: number): Promise<void> {
    await this.bob.away()
    const title = `${titleOf(round)}, once more`
    await this.node.workspace.update(tasks, this.watched[round] as string, { title })
    const { cost, ms } = await this.bob.back()
    if (this.#list.getSnapshot().data[round]?.title !== title) throw new Error('The change has not arrived.')
    this.#times.push(ms)
    if (cost.bytes > this.#cost.bytes) this.#cost = cost
  }

  get measured(): { readonly ms: number; readonly cost: WireCost } {
    return { ms: this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1] as number, cost: this.#cost }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bob.close()
    await this.node[Symbol.asyncDispose]()
  }

  get #list() {
    return this.bob.client.liveList(tasks, { where: { status: 'doing' }, orderBy: 'rank' })
  }
}

const text = (count: number): string => count.toLocaleString('en-US')
