import type { Faults } from '../Faults.js'
import { megabytes } from '../hostile/megabytes.js'
import { p99Of } from '../hostile/p99Of.js'
import type { WitnessedReads } from './CatchUpWitness.js'
import type { NodesReading } from './NodesReading.js'
import { percentile } from './percentile.js'
import type { SwarmReport } from './Swarm.js'

const latencyGrowth = 3
/** Below this a ratio is noise. */
const latencyFloorMs = 10
/** As with any heap: code that was compiled, connections on their way out. */
const heapFloorBytes = 16 << 20
const heapGrowth = 1.2
/** What a node may take for each session that comes, its share of the rush with it, and for whatever comes. */
const bytesPerSession = 64 << 10
const residentFloorBytes = 64 << 20

/** What a storm has shown. The lists are by node. */
export interface StormEvidence {
  readonly clients: number
  readonly stormMs: number
  readonly report: SwarmReport
  readonly calmDelays: readonly number[]
  readonly stormDelays: readonly number[]
  readonly before: NodesReading
  readonly after: NodesReading
  readonly heapBefore: readonly number[]
  readonly heapAfter: readonly number[]
  readonly reads: readonly WitnessedReads[]
  /** Clients that show something else than is stored. */
  readonly different: number
  readonly errors: readonly string[]
}

/** Whether a storm has left the promises whole. [SIM-FAULT-12] */
export function judgeStorm(evidence: StormEvidence, judgesLatency: boolean, faults: Faults): void {
  const { clients, report, before, after, heapBefore, heapAfter, different } = evidence
  const blame = (message: string): void => faults.add('SIM-FAULT-12', message)
  if (different > 0) faults.add('L1', `${different} clients do not show what is stored`)
  if (report.whole > 0) faults.add('G9', `${report.whole} of ${clients} clients were sent all that they had`)
  const { repeated } = totalOf(evidence.reads)
  if (repeated > 0) blame(`${repeated} times what had been read for a catch-up was read again`)
  for (const [node, was] of before.residentBytes.entries()) {
    const sessions = clients / before.residentBytes.length
    const mostBytes = was + sessions * bytesPerSession + residentFloorBytes
    const bytes = after.mostResidentBytes[node] ?? 0
    if (bytes > mostBytes) blame(`a node grew from ${megabytes(was)} to ${megabytes(bytes)}`)
  }
  for (const [node, was] of heapBefore.entries()) {
    const bytes = heapAfter[node] ?? 0
    if (bytes > was * heapGrowth + heapFloorBytes) blame(`a heap grew from ${megabytes(was)} to ${megabytes(bytes)}`)
  }
  const [calm, storm] = [p99Of(evidence.calmDelays), p99Of(evidence.stormDelays)]
  if (judgesLatency && storm > latencyGrowth * Math.max(calm, latencyFloorMs)) {
    blame(`p99 of a delivery to who had stayed: ${calm} ms calm, ${storm} ms in the storm`)
  }
  for (const error of evidence.errors) faults.add('G10', `a node failed at something: ${error}`)
}

export function figuresOf(evidence: StormEvidence): (readonly [name: string, value: string | number])[] {
  const { clients, stormMs, report, calmDelays, stormDelays, before, after, heapBefore, heapAfter } = evidence
  const { reads, repeated } = totalOf(evidence.reads)
  const grown = (name: string, label?: string): number => after.metric(name, label) - before.metric(name, label)
  const parts = (way: string): number => grown('tidemark_catch_up_parts_total', `way="${way}"`)
  const backAfter = (share: number): string => `${Math.round(percentile(report.backAfterMs, share))} ms`
  const half = (delays: readonly number[]): string => `${Math.round(percentile(delays, 0.5) * 10) / 10} ms`
  return [
    ['clients that return', clients],
    ['half of them caught up after', backAfter(0.5)],
    ['the last caught up after', backAfter(1)],
    ['connections they tried', report.dials],
    ['told to come later', grown('tidemark_closes_total', 'BUSY')],
    ['had missed something', report.lacking],
    ['were sent all that they had', report.whole],
    ['parts sent: from the log, whole, held', `${parts('log')}, ${parts('whole')}, ${parts('held')}`],
    ['read for catch-ups', reads],
    ['of it read before', repeated],
    ['deliveries calm, in the storm', `${calmDelays.length}, ${stormDelays.length}`],
    ['half of deliveries within, calm', half(calmDelays)],
    ['half of deliveries within, in the storm', half(stormDelays)],
    ['p99 of a delivery, calm', `${p99Of(calmDelays)} ms`],
    ['p99 of a delivery, in the storm', `${p99Of(stormDelays)} ms`],
    ['processor of all nodes, in the storm', `${Math.round(((after.cpuMs - before.cpuMs) / stormMs) * 100)} %`],
    ['resident before', listed(before.residentBytes)],
    ['resident at most', listed(after.mostResidentBytes)],
    ['resident when all were back', listed(after.residentBytes)],
    ['heap before', listed(heapBefore)],
    ['heap when they had left', listed(heapAfter)],
  ]
}

const listed = (bytes: readonly number[]): string => bytes.map(megabytes).join(', ')

function totalOf(reads: readonly WitnessedReads[]): WitnessedReads {
  const sumOf = (key: keyof WitnessedReads): number => reads.reduce((sum, one) => sum + one[key], 0)
  return { reads: sumOf('reads'), repeated: sumOf('repeated') }
}
