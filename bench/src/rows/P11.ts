import { type Mutation, newId } from '@tidemark/core'
import * as Y from 'yjs'
import { type BenchRow, scaled } from '../BenchRow.js'
import { Reader } from '../Reader.js'
import { tasks } from '../schema.js'
import { type BenchCluster, startBenchCluster } from '../startBenchCluster.js'
import { workspaceId } from '../startBenchNode.js'
import { Writer } from '../Writer.js'

const size = 3

/** What an edit costs at Redis: its `total_net_output_bytes`, with heartbeats and replies. */
export const P11: BenchRow = {
  id: 'P11',
  what: 'Redis output for an edit, batches of one, three nodes that watch it',
  needs: ['Redis'],
  async run(report, options) {
    await using cluster = await startBenchCluster(size)
    const id = newId()
    const writer = await Writer.connect(cluster.urls[0] as string, newId())
    const values = { title: 'Harbour lantern', status: 'todo', rank: 1 }
    await writer.push([{ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values } }])
    const readers = await Promise.all(cluster.urls.map((url, index) => Reader.open(url, `reader-${index}`)))
    const watches = readers.map(reader => {
      const record = reader.client.liveRecord(tasks, id)
      const notes = reader.client.text(tasks, id, 'notes')
      reader.watch(record)
      reader.watch(notes)
      return { reader, record, notes }
    })
    await Promise.all(readers.map(reader => reader.current()))
    const count = scaled(500, options, 10)

    const updates = typedUpdates(count)
    const body = await outputOf(
      cluster,
      writer,
      updates.map(update => ({ kind: 'body', collection: 'tasks', id, update })),
    )
    const updateBytes = updates.reduce((sum, update) => sum + update.length, 0) / count
    report.add({
      id: 'P11a',
      what: 'output for a body edit and node, without its update',
      value: body - updateBytes,
      unit: 'B',
      target: { atMost: 160 },
    })
    report.add({ id: 'P11b', what: 'its update', value: updateBytes, unit: 'B', target: null })

    const edits = Array.from({ length: count }, (_, round): Mutation => {
      const patch = { status: round % 2 === 0 ? 'doing' : 'todo' }
      return { kind: 'write', write: { op: 'update', collection: 'tasks', id, patch } }
    })
    const row = await outputOf(cluster, writer, edits)
    const { id: _, ...after } = (await cluster.workspace(workspaceId).get(tasks, id)) as Record<string, unknown>
    const { status, $updatedAt, $updatedBy } = after
    const content = jsonBytes(after) + jsonBytes({ status, $updatedAt, $updatedBy })
    report.add({
      id: 'P11c',
      what: 'output for a row edit and node, without row and values before',
      value: row - content,
      unit: 'B',
      target: { atMost: 180 },
    })
    report.add({ id: 'P11d', what: 'row and values before, as JSON', value: content, unit: 'B', target: null })

    const text = 'a'.repeat(count)
    await Promise.all(
      watches.flatMap(({ reader, record, notes }) => [
        reader.sees(record, ({ data }) => data?.status === status),
        reader.sees(notes, shown => shown.text?.toString() === text),
      ]),
    )
    await Promise.all([writer.close(), ...readers.map(reader => reader.close())])
  },
}

/** Each letter of a text as it is typed: one update each. */
function typedUpdates(count: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const notes = doc.getText('notes')
  for (let at = 0; at < count; at++) notes.insert(at, 'a')
  return updates
}

/** Bytes that Redis sends for each of these mutations and each node; an answer comes when it has sent them. */
async function outputOf({ redis }: BenchCluster, writer: Writer, mutations: readonly Mutation[]): Promise<number> {
  const total = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.admin.info('stats'))?.[1])
  const first = await total()
  const before = await total()
  for (const mutation of mutations) await writer.push([mutation])
  return ((await total()) - before - (before - first)) / mutations.length / size
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
