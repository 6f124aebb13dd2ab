import { createClient } from '@tidemark/client'
import { Faults, type PartResult } from '../Faults.js'
import { inTime } from '../inTime.js'
import { LoneNode } from '../LoneNode.js'
import { notes, schema, workspace } from '../schema.js'
import { Wire } from '../Wire.js'

const noticeMs = 20_000
/** A machine under load may be late; this late it is not. */
const patienceMs = 2 * noticeMs

/** The network goes silent without a word: the client says that it is offline, and what it wrote meanwhile arrives once it is back. [SIM-FAULT-6] */
export async function runSilence({ judgesLatency }: { readonly judgesLatency: boolean }): Promise<PartResult> {
  const node = new LoneNode()
  const faults = new Faults()
  let wire: Wire | null = null
  let client: ReturnType<typeof createClient> | null = null
  try {
    await node.start()
    const { hostname: host, port } = new URL(node.url)
    wire = new Wire(() => ({ host, port: Number(port) }))
    const url = `ws://127.0.0.1:${await wire.open()}`
    const who = { workspace, userId: 'bob', auth: () => 'bob' }
    const bob = createClient({ schema, url, storage: 'memory', ...who })
    client = bob
    await bob.insert(notes, { id: 'before', title: 'before' }).outcome
    const silentSince = Date.now()
    wire.hold()
    const written = bob.insert(notes, { id: 'meanwhile', title: 'meanwhile' })
    const noticed = new Promise<number>(resolve => {
      const end = bob.status.subscribe(() => {
        if (bob.status.getSnapshot().connection !== 'offline') return
        end()
        resolve(Date.now() - silentSince)
      })
    })
    const tookMs = await inTime(noticed, patienceMs)
    if (tookMs === undefined) faults.add('SIM-FAULT-6', `silence was not noticed within ${patienceMs / 1000} s`)
    else if (judgesLatency && tookMs > noticeMs) faults.add('SIM-FAULT-6', `silence was noticed after ${tookMs} ms`)
    wire.mend()
    bob.disconnect()
    bob.connect()
    const outcome = await inTime(written.outcome, patienceMs)
    if (outcome?.status !== 'accepted') faults.add('G15', 'what was written into the silence did not arrive after it')
    await node.stop()
    const { rows } = await node.read()
    if (rows.get('notes')?.size !== 2) faults.add('G7', `two notes were written, ${rows.get('notes')?.size} are there`)
    return { title: 'silence', figures: [['noticed after', `${tookMs} ms`]], faults: faults.all }
  } finally {
    await client?.close()
    await wire?.close()
    await node.kill()
    node.destroy()
  }
}
