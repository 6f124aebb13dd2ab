import { setTimeout as sleep } from 'node:timers/promises'
import { Faults, type PartResult } from '../Faults.js'
import { megabytes } from '../hostile/megabytes.js'
import { inTime } from '../inTime.js'
import { LoneNode } from '../LoneNode.js'
import { notes } from '../schema.js'
import { percentile } from './percentile.js'
import { Returner } from './Returner.js'

const kills = 2
/** So long nobody is there, so that back-off has something to spread. */
const deadMs = 1_000
const patienceMs = 60_000
/** As with any heap: code that was compiled, connections on their way out. */
const heapFloorBytes = 8 << 20
const heapGrowth = 1.2
/** So few may come at the same moment by chance. */
const fewClients = 10
const noteId = 'counted'
const users = ['alice', 'bob', 'carol', 'dave', 'erin'] as const

/**
 * A node is killed with many clients on it, several times. Each has something to say when it comes back; all come by
 * themselves, not all at once, and show what all have written. [SIM-FAULT-8]
 */
export async function runStorm({ clients }: { readonly clients: number }): Promise<PartResult> {
  const node = new LoneNode()
  const faults = new Faults()
  const returners: Returner[] = []
  const backAfterMs: number[] = []
  let crowdedMost = 0
  let made = 0
  try {
    await node.start()
    for (let n = 0; n < clients; n++) returners.push(new Returner(node.url, users[n % users.length] ?? 'alice'))
    await returners[0]?.client.insert(notes, { id: noteId, title: 'counted', rank: 1 }).outcome
    await allShow(0)
    const heapBefore = await node.heapBytes()
    for (let kill = 1; kill <= kills && faults.all.length === 0; kill++) {
      const [early, late] = halves(returners)
      // What these have sent is decided, or is lost on its way: they are not told which.
      for (const returner of early) returner.countUp(noteId)
      await sleep(0)
      await node.kill()
      for (const returner of late) returner.countUp(noteId)
      made += clients
      await sleep(deadMs)
      await node.start()
      const startedAt = performance.now()
      await allShow(made)
      const cameBack = returners.map(({ onlineAtMs }) => Math.max(0, onlineAtMs - startedAt))
      backAfterMs.push(...cameBack)
      crowdedMost = Math.max(crowdedMost, mostWithin(100, cameBack))
    }
    const heapAfter = await node.heapBytes()
    if (crowdedMost > Math.max(fewClients, clients / 2)) {
      faults.add('SIM-FAULT-8', `${crowdedMost} of ${clients} clients came back within a tenth of a second`)
    }
    if (heapAfter > heapBefore * heapGrowth + heapFloorBytes) {
      faults.add('SIM-FAULT-8', `the heap grew from ${megabytes(heapBefore)} to ${megabytes(heapAfter)}`)
    }
    for (const error of node.errors) faults.add('G10', `a node failed at something: ${error}`)
    await node.stop()
    const votes = (await node.read()).rows.get(notes.name)?.get(noteId)?.votes
    if (votes !== made) faults.add('G7', `${made} increments were made, ${votes} are stored`)
    return {
      title: 'return of many',
      figures: [
        ['clients', clients],
        ['kills', kills],
        ['half of them back after', `${Math.round(percentile(backAfterMs, 0.5))} ms`],
        ['the last back after', `${Math.round(percentile(backAfterMs, 1))} ms`],
        ['most within a tenth of a second', crowdedMost],
        ['heap before', megabytes(heapBefore)],
        ['heap after', megabytes(heapAfter)],
      ],
      faults: faults.all,
    }
  } finally {
    await Promise.all(returners.map(returner => returner.close()))
    await node.kill()
    node.destroy()
  }

  async function allShow(votes: number): Promise<void> {
    const settled = returners.map(({ client }) => client.settled())
    const isSettled = await inTime(
      Promise.all(settled).then(() => true),
      patienceMs,
    )
    if (!isSettled) faults.add('L1', `not all ${clients} clients settled within ${patienceMs / 1000} s`)
    // What one still sent when another had settled comes to the other a moment later.
    const until = performance.now() + patienceMs
    const behind = (): number => returners.filter(returner => returner.votes(noteId) !== votes).length
    while (behind() > 0 && performance.now() < until) await sleep(20)
    if (behind() > 0) faults.add('L1', `${behind()} of ${clients} clients do not show ${votes}`)
  }
}

function halves<T>(items: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}

/** The most of these times that lie within so many milliseconds. */
function mostWithin(ms: number, times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return Math.max(0, ...sorted.map(from => sorted.filter(time => time >= from && time < from + ms).length))
}
