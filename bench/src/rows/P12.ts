import type { Mutation } from '@tidemark/core'
import { type BenchRow, scaled } from '../BenchRow.js'
import { NodeGroup } from '../cluster/NodeGroup.js'
import type { Report } from '../Report.js'
import { median } from '../statistics.js'
import { titleOf } from '../taskBatches.js'
import { Viewer } from '../Viewer.js'
import { Writer } from '../Writer.js'

const workspacesPerNode = 10
const viewersPerWorkspace = 20
const rounds = 5
const list = { kind: 'list', collection: 'tasks', where: { status: 'todo' }, orderBy: ['rank'], limit: null } as const

const counts = {
  bytes: 'bytes to viewers',
  frames: 'socket writes to viewers',
  publishes: 'publishes of changes',
  evaluations: 'evaluations of conditions',
} as const

/** A delivery costs the same however many nodes there are: a node more takes its own clients and no more of the others' work. */
export const P12: BenchRow = {
  id: 'P12',
  what: 'cost of a delivery at 1 and 4 nodes, the same number of workspaces, writers and viewers at each',
  needs: ['Postgres', 'Redis'],
  async run(report, options) {
    await using one = await Load.start(1)
    await using four = await Load.start(4)
    const editsPerRound = scaled(100, options, 5)
    for (const load of [one, four]) await load.edit(editsPerRound)
    const measured: [one: PerDelivery, four: PerDelivery][] = []
    for (let round = 1; round <= rounds; round++) {
      measured.push([await one.edit(editsPerRound), await four.edit(editsPerRound)])
      report.progress(`  round ${round} of ${rounds}: ${textOf(measured.at(-1))}`)
    }
    add(report, measured)
  },
}

interface PerDelivery extends Record<keyof typeof counts, number> {
  /** What is sent to the node that decides. */
  readonly forwards: number
  readonly cpuMicros: number
}

/** A group of nodes, at each of which the same number of workspaces is written to and watched. */
class Load {
  private constructor(
    private readonly group: NodeGroup,
    private readonly rooms: readonly Room[],
  ) {}

  static async start(size: number): Promise<Load> {
    const group = await NodeGroup.start(size)
    const opened = group.nodes.map(async ({ name, url }) => {
      const names = Array.from({ length: workspacesPerNode }, (_, n) => `${name}-${n}`)
      return Promise.all(names.map(workspace => Room.open(url, workspace)))
    })
    return new Load(group, (await Promise.all(opened)).flat())
  }

  /** So many edits in each workspace, one after the other has arrived everywhere. */
  async edit(count: number): Promise<PerDelivery> {
    let publishes = 0
    let forwards = 0
    const listener = this.group.redis.connect()
    listener.on('pmessage', (pattern: string) => (pattern.endsWith('c*') ? publishes++ : forwards++))
    await listener.psubscribe('tm{*}c*', 'tm{*}n*')
    const before = { ...this.#seen(), ...(await this.group.work()) }
    await Promise.all(this.rooms.map(room => room.edit(count)))
    const after = { ...this.#seen(), ...(await this.group.work()) }
    // What was published before this is counted when it comes back.
    await listener.punsubscribe()
    listener.disconnect()
    const deliveries = after.changes - before.changes
    return {
      bytes: (after.bytes - before.bytes) / deliveries,
      frames: (after.frames - before.frames) / deliveries,
      publishes: publishes / deliveries,
      evaluations: (after.evaluations - before.evaluations) / deliveries,
      forwards: forwards / deliveries,
      cpuMicros: ((after.cpuMs - before.cpuMs) * 1000) / deliveries,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.rooms.map(room => room.close()))
    await this.group[Symbol.asyncDispose]()
  }

  #seen(): { changes: number; bytes: number; frames: number } {
    const viewers = this.rooms.flatMap(room => room.viewers)
    const sumOf = (key: 'changes' | 'bytes' | 'frames') => viewers.reduce((sum, viewer) => sum + viewer[key], 0)
    return { changes: sumOf('changes'), bytes: sumOf('bytes'), frames: sumOf('frames') }
  }
}

/** A workspace with its writer and its viewers, all at one node. */
class Room {
  #edits = 0

  private constructor(
    private readonly writer: Writer,
    readonly viewers: readonly Viewer[],
  ) {}

  static async open(url: string, workspace: string): Promise<Room> {
    const writer = await Writer.connect(url, 'alice', workspace)
    const values = { title: titleOf(0), status: 'todo', rank: 0 }
    await writer.push([{ kind: 'write', write: { op: 'insert', collection: 'tasks', id: 'task', values } }])
    const viewers = Array.from({ length: viewersPerWorkspace }, () => Viewer.connect(url, workspace, list))
    return new Room(writer, await Promise.all(viewers))
  }

  async edit(count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      const rank = ++this.#edits
      const edit: Mutation = {
        kind: 'write',
        write: { op: 'update', collection: 'tasks', id: 'task', patch: { title: titleOf(rank) } },
      }
      await this.writer.push([edit])
      await Promise.all(this.viewers.map(viewer => viewer.hasSeen(rank)))
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.writer, ...this.viewers].map(session => session.close()))
  }
}

function add(report: Report, measured: readonly [PerDelivery, PerDelivery][]): void {
  const ratioOf = (key: keyof PerDelivery) => median(measured.map(([one, four]) => four[key] / one[key]))
  const ids = ['P12a', 'P12b', 'P12c', 'P12d']
  for (const [index, key] of (['bytes', 'frames', 'publishes', 'evaluations'] as const).entries()) {
    const what = `${counts[key]} for a delivery, 4 nodes to 1`
    report.add({ id: ids[index] as string, what, value: ratioOf(key), unit: '×', target: { atMost: 1.05 } })
  }
  const cpu = 'CPU of all nodes for a delivery'
  report.add({
    id: 'P12e',
    what: `${cpu}, 4 nodes to 1`,
    value: ratioOf('cpuMicros'),
    unit: '×',
    target: { atMost: 1.5 },
  })
  const cpuOf = (which: 0 | 1) => median(measured.map(pair => pair[which].cpuMicros))
  report.add({ id: 'P12f', what: `${cpu}, 1 node`, value: cpuOf(0), unit: 'µs', target: null })
  report.add({ id: 'P12g', what: `${cpu}, 4 nodes`, value: cpuOf(1), unit: 'µs', target: null })
  const forwards = median(measured.map(([, four]) => four.forwards / four.publishes))
  report.add({
    id: 'P12h',
    what: 'words to the node that decides for a change, 4 nodes',
    value: forwards,
    unit: '',
    target: null,
  })
}

function textOf(pair: readonly PerDelivery[] | undefined): string {
  return (pair ?? []).map(load => `${load.cpuMicros.toFixed(1)} µs, ${load.bytes.toFixed(1)} B`).join(' · ')
}
