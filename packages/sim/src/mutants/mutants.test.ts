import { describe, expect, it } from 'vitest'
import { simulate } from '../sim/simulate.js'
import { mutants } from './mutants.js'

/** Without a mutant these seeds hold. */
const seeds = Array.from({ length: 24 }, (_, index) => index + 1)

describe('the simulator', () => {
  it.each(mutants.map(mutant => [mutant.name, mutant] as const))(
    '[SIM-4] sees the defect: %s',
    async (_name, mutant) => {
      for (const seed of seeds) {
        const { violation } = await simulate({ seed, mutant, faults: mutant.faults })
        if (violation !== null) return
      }
      expect.fail(`${mutant.name} was not seen in ${seeds.length} seeds`)
    },
    120_000,
  )

  it('[SIM-1] gives the same trace for the same seed', async () => {
    const [once, twice] = [await simulate({ seed: 3, nodes: 3 }), await simulate({ seed: 3, nodes: 3 })]
    expect(twice.hash).toBe(once.hash)
    expect(twice.steps).toBe(once.steps)
  })

  it('[SIM-2] [G5] [G6] [G14] [G15] [L1] finds nothing in histories of nodes and clients that do not fail', async () => {
    for (const nodes of [1, 2, 3]) expect((await simulate({ seed: nodes, nodes, faults: [] })).violation).toBeNull()
  })

  it('[SIM-5] [L5] [L6] loses a word, an owner, and an owner with its last word, and finds all of it mended in time', async () => {
    const drills = new Set<string>()
    for (let seed = 1; drills.size < 4; seed++) {
      const { violation, tally } = await simulate({ seed, nodes: 3, faults: [] })
      expect(violation).toBeNull()
      for (const [name] of tally) if (name.startsWith('drill: ')) drills.add(name)
    }
  }, 60_000)

  it('[SIM-3] finds nothing in histories with faults', async () => {
    for (const seed of seeds.slice(0, 8)) expect((await simulate({ seed })).violation).toBeNull()
  })
})
