import { schemaModelOf } from '@tidemark/core'
import type { StoreAdapter } from '@tidemark/server'
import type { Store } from '@tidemark/server/testing'
import { describeWithServers } from '@tidemark/server/testing/describeWithServers'
import { describe, expect, it } from 'vitest'
import { missingServers } from '../cluster/missingServers.js'
import { Faults } from '../Faults.js'
import { schema } from '../schema.js'
import { CatchUpWitness } from './CatchUpWitness.js'
import { judgeStorm, type StormEvidence } from './judgeStorm.js'
import { NodesReading } from './NodesReading.js'
import { runClusterStorm } from './runClusterStorm.js'

const progress = (): void => undefined

describeWithServers('many clients of a node of a cluster', missingServers(), () => {
  it('[SIM-FAULT-12] return to the others when it is killed', { timeout: 180_000 }, async () => {
    const options = { clients: 300, regulars: 20, calmMs: 500, judgesLatency: false, progress }
    const { figures, faults } = await runClusterStorm(options)
    expect(faults).toEqual([])
    expect(Object.fromEntries(figures)).toMatchObject({
      'clients that return': 300,
      'had missed something': 300,
      'were sent all that they had': 0,
      'of it read before': 0,
    })
  })
})

describe('[SIM-FAULT-12] the judge of a storm', () => {
  const reading = (megabytes: number) => new NodesReading([], 0, [100 << 20], [megabytes << 20])
  const well: StormEvidence = {
    clients: 100,
    stormMs: 1_000,
    report: { backAfterMs: [1], dials: 100, lacking: 100, whole: 0 },
    calmDelays: [10],
    stormDelays: [30],
    before: reading(100),
    after: reading(110),
    heapBefore: [20 << 20],
    heapAfter: [21 << 20],
    reads: [{ reads: 10, repeated: 0 }],
    different: 0,
    errors: [],
  }
  const broken = (evidence: Partial<StormEvidence>): readonly string[] => {
    const faults = new Faults()
    judgeStorm({ ...well, ...evidence }, true, faults)
    return faults.all.map(({ message }) => message)
  }

  it('has nothing to say where all is well', () => {
    expect(broken({})).toEqual([])
  })

  it.each<readonly [string, Partial<StormEvidence>, string]>([
    ['clients that show something else', { different: 2 }, '2 clients do not show what is stored'],
    ['what was sent anew', { report: { ...well.report, whole: 3 } }, '3 of 100 clients were sent all that they had'],
    [
      'what was read again',
      { reads: [{ reads: 10, repeated: 4 }] },
      '4 times what had been read for a catch-up was read again',
    ],
    ['a node that takes too much', { after: reading(300) }, 'a node grew from 100.0 MB to 300.0 MB'],
    ['what is left in memory', { heapAfter: [60 << 20] }, 'a heap grew from 20.0 MB to 60.0 MB'],
    [
      'that those who stayed had to wait',
      { stormDelays: [31] },
      'p99 of a delivery to who had stayed: 10 ms calm, 31 ms in the storm',
    ],
  ])('sees %s', (_, evidence, message) => {
    expect(broken(evidence)).toEqual([message])
  })
})

describe('[SIM-FAULT-12] the witness of catch-ups', () => {
  const changed = { kind: 'changed', collection: 'notes', after: 3 } as const

  it('counts what is read to catch up, and what was read before at the same head', async () => {
    let head = 5
    const witness = new CatchUpWitness()
    const adapter = {
      '~store': true,
      open: async () => ({ read: async () => ({ head }) }) as unknown as Store,
    } as unknown as StoreAdapter
    const store = await witness.over(adapter).open(schemaModelOf(schema))
    await store.read('acme', { '0.changed': changed })
    await store.read('acme', { '0.changed': changed, '1.changed': { ...changed, after: 4 } })
    await store.read('globex', { '0.changed': changed })
    head = 6
    await store.read('acme', { '0.changed': changed })
    await store.read('acme', { replica: { kind: 'replicas', replicas: ['r'] } })
    expect(witness.take()).toEqual({ reads: 5, repeated: 1 })
    expect(witness.take()).toEqual({ reads: 0, repeated: 0 })
  })
})
