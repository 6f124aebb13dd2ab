import { benchRouting } from '@tidemark/server/testing/benchRouting'
import { type BenchRow, scaled } from '../BenchRow.js'

/** Routing one change to the lists that it touches, among very many. */
export const P4: BenchRow = {
  id: 'P4',
  what: 'routing one change among list subscriptions with equality terms',
  async run(report, options) {
    for (const [ids, size, atMost] of [
      [['P4a', 'P4b', 'P4c'], 100_000, 8],
      [['P4d', 'P4e', 'P4f'], 1_000_000, 25],
    ] as const) {
      const count = scaled(size, options, 100)
      report.progress(`  ${count.toLocaleString('en-US')} subscriptions`)
      const figures = benchRouting(count)
      const among = `among ${count.toLocaleString('en-US')} lists`
      report.add({
        id: ids[0],
        what: `one change ${among}`,
        value: figures.microsecondsPerChange,
        unit: 'µs',
        target: { atMost },
      })
      const what = `the same against evaluating all ${among}`
      report.add({ id: ids[1], what, value: figures.timesFaster, unit: '× faster', target: { atLeast: 50 } })
      if (figures.bytesPerView !== null) {
        const value = Math.round(figures.bytesPerView)
        report.add({ id: ids[2], what: `memory for a list ${among}`, value, unit: 'B', target: null })
      }
    }
  },
}
