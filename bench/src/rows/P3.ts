import { join } from 'node:path'
import type { Mutation, RowValues } from '@tidemark/core'
import Database from 'better-sqlite3'
import { type BenchRow, scaled } from '../BenchRow.js'
import type { Report } from '../Report.js'
import { drones } from '../schema.js'
import { type BenchNode, startBenchNode } from '../startBenchNode.js'
import { Writer } from '../Writer.js'

const fields = ['x', 'y', 'z', 'yaw', 'pitch', 'roll', 'speed', 'battery']
const id = 'drone-1'
/** Writes in a frame: two writers take turns after as many. */
const turn = 50
/** Frames of each writer under way at once. */
const ahead = 5

/**
 * A record that is written for ever stays as small and as fast as it was: sets over real sockets by two replicas in turns, through
 * sessions, authority and SQLite, then thousands of replicas that each write once.
 */
export const P3: BenchRow = {
  id: 'P3',
  what: 'one record row in SQLite after very many sets, editing sessions and voters',
  async run(report, options) {
    await using node = await startBenchNode('sqlite')
    const start = Object.fromEntries(fields.map(field => [field, 100_000]))
    await node.workspace.insert(drones, { id, ...start, votes: 100_000 } as never)

    const setCount = scaled(1_000_000, options, 20 * turn)
    const alice = await Writer.connect(node.url, 'alice')
    const bob = await Writer.connect(node.url, 'bob')
    await setInTurns([alice, bob], Math.round(setCount / 20), report)
    const cpuByDecile = await setInTurns([alice, bob], setCount, report)
    await alice.close()
    await bob.close()
    const afterSets = recordBytes(node)
    const sets = `${setCount.toLocaleString('en-US')} sets on 8 fields by two writers in turns`
    report.add({ id: 'P3a', what: `record row after ${sets}`, value: afterSets, unit: 'B', target: { atMost: 1024 } })

    const sessionCount = scaled(5_000, options, 20)
    await eachOnce(node, 16, number => set(number))
    const afterFewSessions = recordBytes(node)
    report.progress(`  ${sessionCount.toLocaleString('en-US')} editing sessions, each a new replica`)
    await eachOnce(node, sessionCount, number => set(number))
    report.add({
      id: 'P3b',
      what: `growth from 16 to ${sessionCount.toLocaleString('en-US')} editing sessions`,
      value: recordBytes(node) - afterFewSessions,
      unit: 'B',
      target: { atMost: 0 },
    })

    const voterCount = scaled(10_000, options, 20)
    await eachOnce(node, 16, () => vote)
    const afterFewVotes = recordBytes(node)
    report.progress(`  ${voterCount.toLocaleString('en-US')} voters, each a new replica`)
    await eachOnce(node, voterCount, () => vote)
    report.add({
      id: 'P3c',
      what: `growth from 16 to ${voterCount.toLocaleString('en-US')} voters on one counter`,
      value: recordBytes(node) - afterFewVotes,
      unit: 'B',
      target: { atMost: 0 },
    })
    const { votes } = (await node.workspace.get(drones, id)) as unknown as { readonly votes: number }
    const lost = 100_016 + voterCount - votes
    report.add({
      id: 'P3d',
      what: 'votes lost or counted twice',
      value: Math.abs(lost),
      unit: '',
      target: { exactly: 0 },
    })

    const first = cpuByDecile[0] as number
    const last = cpuByDecile.at(-1) as number
    report.add({
      id: 'P3e',
      what: 'CPU of a write, node and driver, in the first tenth',
      value: first,
      unit: 'µs',
      target: null,
    })
    report.add({ id: 'P3f', what: 'the same in the last tenth', value: last, unit: 'µs', target: null })
    report.add({ id: 'P3g', what: 'last to first tenth', value: last / first, unit: '×', target: { atMost: 1.2 } })
  },
}

const set = (number: number): Mutation => update({ [fields[number % 8] as string]: 100_000 + (number % 900_000) })
const vote: Mutation = update({ votes: { increment: 1 } })

function update(patch: RowValues): Mutation {
  return { kind: 'write', write: { op: 'update', collection: 'drones', id, patch } }
}

/** Both write in turns; gives back the CPU time of a write in each tenth, µs. */
async function setInTurns(writers: readonly Writer[], count: number, report: Report): Promise<number[]> {
  const cpuByDecile: number[] = []
  const perDecile = Math.round(count / 10)
  let number = 0
  for (let decile = 1; decile <= 10; decile++) {
    const before = process.cpuUsage()
    const from = number
    let underWay: Promise<void>[] = []
    while (number < decile * perDecile) {
      for (const writer of writers) {
        const writes = Array.from({ length: turn }, () => set(number++))
        underWay.push(writer.push(writes))
      }
      if (underWay.length < 2 * ahead * writers.length) continue
      await Promise.all(underWay.slice(0, underWay.length / 2))
      underWay = underWay.slice(underWay.length / 2)
    }
    await Promise.all(underWay)
    const { user, system } = process.cpuUsage(before)
    cpuByDecile.push((user + system) / (number - from))
    report.progress(`  ${number.toLocaleString('en-US')} sets, ${cpuByDecile.at(-1)?.toFixed(1)} µs of CPU each`)
  }
  return cpuByDecile
}

/** So many replicas, one after another in each of eight lanes, that connect, write once, hear the answer and go. */
async function eachOnce(node: BenchNode, count: number, mutation: (number: number) => Mutation): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let number = next++; number < count; number = next++) {
      const writer = await Writer.connect(node.url, 'carol')
      await writer.push([mutation(number)])
      await writer.close()
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

/** All that the `record` row holds, numbers by eight bytes each. */
function recordBytes(node: BenchNode): number {
  const db = new Database(join(node.dir, 'tidemark.db'), { readonly: true })
  try {
    const size = 'octet_length(id) + octet_length(row) + octet_length(marks) + 4 * 8'
    return db.prepare<[string], number>(`SELECT ${size} FROM record WHERE id = ?`).pluck().get(id) as number
  } finally {
    db.close()
  }
}
