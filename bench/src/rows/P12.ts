import { setTimeout as sleep } from 'node:timers/promises'
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
/** Between two edits of a workspace: the same load at each node, and a machine with room for four. */
const everyMs = 100
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
  what: 'cost of a delivery at 1 and 4 nodes with the same number of viewers at each, of their own workspaces and of shared ones',
  needs: ['Postgres', 'Redis'],
  async run(report, options) {
    const editsPerRound = scaled(50, options, 5)
    add(report, await compared('own', editsPerRound, report), await compared('shared', editsPerRound, report))
  },
}

/** Rounds at one node and at four, in turns; no other node runs meanwhile. */
async function compared(workspaces: Sharing, editsPerRound: number, report: Report): Promise<readonly Round[]> {
  await using one = await Load.start(1, workspaces)
  await using four = await Load.start(4, workspaces)
  for (const load of [one, four]) await load.edit(editsPerRound)
  const measured: Round[] = []
  for (let round = 1; round <= rounds; round++) {
    measured.push([await one.edit(editsPerRound), await four.edit(editsPerRound)])
    report.progress(`  ${workspaces}, round ${round} of ${rounds}: ${textOf(measured.at(-1))}`)
  }
  return measured
}

type Sharing = 'own' | 'shared'

interface PerDelivery extends Record<keyof typeof counts, number> {
  /** What is sent to the node that decides. */
  readonly forwards: number
  readonly cpuMicros: number
  /** What the clients of one node edit in a second. */
  readonly editsPerSecond: number
}

type Round = readonly [one: PerDelivery, four: PerDelivery]

/** A group of nodes, each with as many viewers: of workspaces that are watched there alone, or at all nodes. */
class Load {
  private constructor(
    private readonly group: NodeGroup,
    private readonly rooms: readonly Room[],
  ) {}

  static async start(size: number, workspaces: Sharing): Promise<Load> {
    const group = await NodeGroup.start(size)
    const urls = group.nodes.map(({ url }) => url)
    const rooms: Promise<Room>[] = []
    for (let n = 0; n < workspacesPerNode; n++) {
      const sharers = workspaces === 'shared' ? [urls] : urls.map(url => [url])
      for (const [index, at] of sharers.entries())
        rooms.push(Room.open(at, n % at.length, `${workspaces}-${index}-${n}`))
    }
    return new Load(group, await Promise.all(rooms))
  }

  /** So many edits in each workspace at a steady pace, the workspaces of a node one after another. */
  async edit(count: number): Promise<PerDelivery> {
    let publishes = 0
    let forwards = 0
    const listener = this.group.redis.connect()
    listener.on('pmessage', (pattern: string) => (pattern.endsWith('c*') ? publishes++ : forwards++))
    await listener.psubscribe('tm{*}c*', 'tm{*}n*')
    const before = { ...this.#seen(), ...(await this.group.work()) }
    const startedAt = performance.now()
    await Promise.all(this.rooms.map((room, n) => room.edit(count, (everyMs * n) / this.rooms.length)))
    const seconds = (performance.now() - startedAt) / 1000
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
      editsPerSecond: (this.rooms.length * count) / this.group.nodes.length / seconds,
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

/** A workspace with its writer at one node, and its viewers there or at several. */
class Room {
  #edits = 0

  private constructor(
    private readonly writer: Writer,
    readonly viewers: readonly Viewer[],
  ) {}

  static async open(urls: readonly string[], writerAt: number, workspace: string): Promise<Room> {
    const writer = await Writer.connect(urls[writerAt] as string, 'alice', workspace)
    const values = { title: titleOf(0), status: 'todo', rank: 0 }
    await writer.push([{ kind: 'write', write: { op: 'insert', collection: 'tasks', id: 'task', values } }])
    const viewers = urls.flatMap(url =>
      Array.from({ length: viewersPerWorkspace }, () => Viewer.connect(url, workspace, list)),
    )
    return new Room(writer, await Promise.all(viewers))
  }

  async edit(count: number, afterMs: number): Promise<void> {
    const startedAt = performance.now() + afterMs
    for (let done = 0; done < count; done++) {
      await sleep(Math.max(0, startedAt + done * everyMs - performance.now()))
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

function add(report: Report, own: readonly Round[], shared: readonly Round[]): void {
  const letters = 'abcdefghijklmno'[Symbol.iterator]()
  const row = (what: string, value: number, unit: string, atMost?: number): void => {
    const target = atMost === undefined ? null : { atMost }
    report.add({ id: `P12${letters.next().value}`, what, value, unit, target })
  }
  const cpu = 'CPU of all nodes for a delivery'
  const compare = (measured: readonly Round[], nodes: string): void => {
    const ratioOf = (key: keyof PerDelivery) => median(measured.map(([one, four]) => four[key] / one[key]))
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) {
      row(`${counts[key]} for a delivery, ${nodes} to 1`, ratioOf(key), '×', 1.05)
    }
    row(`${cpu}, ${nodes} to 1`, ratioOf('cpuMicros'), '×', 1.5)
  }
  compare(own, '4 nodes')
  row(`${cpu}, 1 node`, median(own.map(([one]) => one.cpuMicros)), 'µs')
  row(`${cpu}, 4 nodes`, median(own.map(([, four]) => four.cpuMicros)), 'µs')
  const forwards = median(own.map(([, four]) => four.forwards / four.publishes))
  row('words to the node that decides for a change, 4 nodes', forwards, '')
  compare(shared, '4 nodes that share all workspaces')
  const rate = 'edits in a second at each node'
  row(`${rate}, 1 node`, median(own.map(([one]) => one.editsPerSecond)), '')
  row(`${rate}, 4 nodes`, median(own.map(([, four]) => four.editsPerSecond)), '')
}

function textOf(costs: readonly PerDelivery[] | undefined): string {
  return (costs ?? []).map(load => `${load.cpuMicros.toFixed(1)} µs, ${load.bytes.toFixed(1)} B`).join(' · ')
}
