import { setTimeout } from 'node:timers/promises'
import * as Y from 'yjs'
import { type BenchRow, scaled } from '../BenchRow.js'
import { LongText } from '../LongText.js'
import type { Peer } from '../peers/Peer.js'
import { startHocuspocus } from '../peers/startHocuspocus.js'
import { startYWebsocket } from '../peers/startYWebsocket.js'
import { Reader } from '../Reader.js'
import type { Report } from '../Report.js'
import { tasks } from '../schema.js'
import { type StoreName, startBenchNode } from '../startBenchNode.js'
import { Tap } from '../Tap.js'
import { insertTasks } from '../taskBatches.js'
import { Writer } from '../Writer.js'
import { costText } from '../wireCost.js'

const editsPerPart = 2_000
const missed = ' The end.'

/** Coming back to a long text of which one edit was missed. */
export const P1: BenchRow = {
  id: 'P1',
  what: 'resume of a text of 104 KB from 260,000 edits, one missed: bytes of messages after welcome, both directions',
  async run(report, options) {
    const edits = scaled(260_000, options, 100)
    const parts: Uint8Array[] = []
    const typed = new LongText('notes')
    for (const part of typed.type(edits, editsPerPart)) parts.push(part)
    report.progress(
      `  ${edits.toLocaleString('en-US')} edits have left ${typed.text.length.toLocaleString('en-US')} characters`,
    )
    const state = Y.encodeStateAsUpdate(typed.doc)
    typed.text.insert(typed.text.length, missed)
    const update = Y.encodeStateAsUpdate(typed.doc, Y.encodeStateVectorFromUpdate(state))
    const past: Past = { parts, state, update, whole: typed.text.toString() }

    const ours = await measure(report, past, 'sqlite')
    report.add({ id: 'P1a', what: 'one missed edit, sqlite', value: ours, unit: 'B', target: { atMost: 300 } })
    const inMemory = await measure(report, past, 'memory')
    report.add({ id: 'P1b', what: 'one missed edit, memory', value: inMemory, unit: 'B', target: { atMost: 300 } })
    for (const [ids, start] of [
      [['P1c', 'P1d'], startYWebsocket],
      [['P1e', 'P1f'], startHocuspocus],
    ] as const) {
      const peer = await start()
      if (peer === null) continue
      report.progress(`  ${peer.name}`)
      const bytes = await measurePeer(peer, past)
      report.add({
        id: ids[0],
        what: `the same with ${peer.name}, its whole session`,
        value: bytes,
        unit: 'B',
        target: null,
      })
      report.add({ id: ids[1], what: `ours to ${peer.name}`, value: ours / bytes, unit: '×', target: null })
    }
  },
}

interface Past {
  /** All edits but the last, as they came up. */
  readonly parts: readonly Uint8Array[]
  /** The document after them. */
  readonly state: Uint8Array
  /** The one that is missed. */
  readonly update: Uint8Array
  readonly whole: string
}

async function measure(report: Report, past: Past, store: StoreName): Promise<number> {
  await using node = await startBenchNode(store)
  const [id] = (await insertTasks(node, 1, 'todo')) as [string]
  const alice = await Writer.connect(node.url, 'alice')
  for (const update of past.parts) await alice.push([{ kind: 'body', collection: 'tasks', id, update }])
  const bob = await Reader.open(node.url, 'bob')
  const text = bob.client.text(tasks, id, 'notes')
  bob.watch(text)
  await bob.current()
  mustBe(text.getSnapshot().text?.toString(), past.whole.slice(0, -missed.length))

  await bob.away()
  await alice.push([{ kind: 'body', collection: 'tasks', id, update: past.update }])
  const { cost } = await bob.back()
  mustBe(text.getSnapshot().text?.toString(), past.whole)
  report.progress(`  ${store}: ${costText(cost)}`)
  await bob.close()
  await alice.close()
  return cost.bytes
}

/** All messages of the returning provider's connection: a peer has nothing that could be called its welcome. */
async function measurePeer(peer: Peer, past: Past): Promise<number> {
  const full = new Y.Doc()
  Y.applyUpdate(full, past.state)
  Y.applyUpdate(full, past.update)
  const alice = await peer.open(peer.url, 'bench', full)
  const tap = await Tap.open(peer.url)
  const held = new Y.Doc()
  Y.applyUpdate(held, past.state)
  const bob = await peer.open(tap.url, 'bench', held)
  mustBe(held.getText('notes').toString(), past.whole)
  // What a provider says after it is synced belongs to its return: it is over when nothing has come for a while.
  let bytes = 0
  for (let more = tap.take(); more.length > 0; more = tap.take()) {
    bytes += more.reduce((sum, frame) => sum + frame.bytes.byteLength, 0)
    await setTimeout(500)
  }
  bob.close()
  alice.close()
  tap.close()
  // With a document goes its awareness, whose timer would keep the process.
  for (const doc of [full, held]) doc.destroy()
  await peer.stop()
  return bytes
}

function mustBe(text: string | undefined, expected: string): void {
  if (text !== expected)
    throw new Error(`The text has ${text?.length} characters, not the ${expected.length} that were written.`)
}
