import { Faults, type PartResult } from '../Faults.js'
import { LoneNode } from '../LoneNode.js'
import { notes } from '../schema.js'
import { type AttackOrder, Crowd } from './Crowd.js'
import { HonestClient } from './HonestClient.js'
import { judgeStored } from './judgeStored.js'
import { megabytes } from './megabytes.js'
import { p99Of } from './p99Of.js'

const attackers = 10
/** Of each attacker. The rate is stated, so that what is measured does not depend on how fast attackers are. */
const framesPerSecond = 100
/** Calm and attack take turns: what else the machine does falls on both. */
const turns = 8
const calmMs = 3_000
/** Caches of a few records, code that was compiled, connections on their way out. */
const heapFloorBytes = 8 << 20
const heapGrowth = 1.2
/** Below this twice as much is noise. */
const latencyFloorMs = 10

interface AttackOptions {
  readonly frames: number
  readonly seed: number
  readonly judgesLatency: boolean
  readonly progress: (line: string) => void
}

/** Throws frames at a node process over real sockets, while an honest client goes on working beside. [SIM-FAULT-5] */
export async function attackOverSockets({ frames, seed, judgesLatency, progress }: AttackOptions): Promise<PartResult> {
  const node = new LoneNode()
  const crowd = new Crowd()
  const faults = new Faults()
  const countByClose = new Map<string, number>()
  const attack = async (order: Pick<AttackOrder, 'frames' | 'seed'>) => {
    const report = await crowd.attack({ url: node.url, attackers, framesPerSecond, ...order })
    for (const [name, count] of Object.entries(report.countByClose)) {
      countByClose.set(name, (countByClose.get(name) ?? 0) + count)
    }
    for (const { id, message } of report.faults) faults.add(id, message)
    return report
  }
  let alice: HonestClient | null = null
  try {
    await node.start()
    alice = await HonestClient.start(node.url)
    // What has to be compiled and allocated once is, before the heap is measured.
    const warmUp = Math.ceil(frames / 10)
    await attack({ frames: warmUp, seed: seed - 1 })
    const heapBefore = await node.heapBytes()
    const calm = new Measured()
    const attacked = new Measured()
    let connections = 0
    for (let turn = 0; turn < turns; turn++) {
      const calmTurnMs = Math.min(calmMs, Math.max(100, frames / 10))
      await calm.during(alice, node, () => new Promise(resolve => setTimeout(resolve, calmTurnMs)))
      const order = { frames: Math.ceil((frames - warmUp) / turns), seed: seed + turn * 7919 }
      const report = await attacked.during(alice, node, () => attack(order))
      connections += report.connections
      progress(`attack ${turn + 1} of ${turns} over sockets`)
    }
    await alice.stop()
    const heapAfter = await node.heapBytes()

    if (!node.isRunning) faults.add('SIM-FAULT-3', 'the node went down')
    for (const error of node.errors) faults.add('SIM-FAULT-3', `the node logged ${error}`)
    if (heapAfter > heapBefore * heapGrowth + heapFloorBytes) {
      faults.add('SIM-FAULT-5', `the heap grew from ${megabytes(heapBefore)} to ${megabytes(heapAfter)}`)
    }
    for (const refusal of alice.refusals) faults.add('SIM-FAULT-5', `an honest write beside them was ${refusal}`)
    if (judgesLatency && attacked.p99Ms > 2 * Math.max(calm.p99Ms, latencyFloorMs)) {
      faults.add('SIM-FAULT-5', `p99 of an honest client: ${calm.p99Ms} ms calm, ${attacked.p99Ms} ms under attack`)
    }
    await node.stop()
    const reading = await node.read()
    judgeStored(reading, faults)
    const votes = reading.rows.get(notes.name)?.get(alice.noteId)?.votes
    if (votes !== alice.accepted)
      faults.add('G1', `${alice.accepted} honest increments were accepted, ${votes} are stored`)
    return {
      title: 'hostile frames, over sockets',
      figures: [
        ['frames', frames],
        ...[...countByClose].sort(([, a], [, b]) => b - a),
        ['attackers, frames a second of each', `${attackers}, ${framesPerSecond}`],
        ['frames a second that came', Math.round((frames - warmUp) / attacked.seconds)],
        ['connections a second', Math.round(connections / attacked.seconds)],
        ['honest writes beside', alice.accepted],
        ['p99 of an honest write, calm', `${calm.p99Ms} ms`],
        ['p99 of an honest write, under attack', `${attacked.p99Ms} ms`],
        ['processor of the node, calm', `${calm.cpuPercent} %`],
        ['processor of the node, under attack', `${attacked.cpuPercent} %`],
        ['heap before', megabytes(heapBefore)],
        ['heap after', megabytes(heapAfter)],
      ],
      faults: faults.all,
    }
  } finally {
    crowd.end()
    await alice?.stop()
    await node.kill()
    node.destroy()
  }
}

/** What an honest client waited and what a node worked, over all the time that somebody looked. */
class Measured {
  seconds = 0
  #cpuMs = 0
  readonly #latenciesMs: number[] = []

  async during<T>(client: HonestClient, node: LoneNode, what: () => Promise<T>): Promise<T> {
    client.takeLatencies()
    const [startedAt, cpuBefore] = [performance.now(), await node.cpuMs()]
    const result = await what()
    this.#cpuMs += (await node.cpuMs()) - cpuBefore
    this.seconds += (performance.now() - startedAt) / 1000
    this.#latenciesMs.push(...client.takeLatencies())
    return result
  }

  get p99Ms(): number {
    return p99Of(this.#latenciesMs)
  }

  get cpuPercent(): number {
    return Math.round(this.#cpuMs / this.seconds / 10)
  }
}
