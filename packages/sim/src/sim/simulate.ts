import { converge } from './Convergence.js'
import { drill } from './drills.js'
import { Faults } from './faults/Faults.js'
import type { FaultName } from './faults/strikes.js'
import type { Mutant } from './Mutant.js'
import { World } from './World.js'
import type { Membership } from './workload/Rights.js'
import { Workload } from './workload/Workload.js'
import { Dice } from './world/Dice.js'
import { Violation } from './world/Violation.js'

export interface SimulationOptions {
  readonly seed: number
  /** Prints each line of the trace. */
  readonly print?: ((line: string) => void) | undefined
  readonly mutant?: Mutant | undefined
  /** These faults and no others, instead of a random subset. */
  readonly faults?: readonly FaultName[] | undefined
  /** So many machines with nodes, instead of a random number. */
  readonly nodes?: number | undefined
}

export interface SimulationResult {
  readonly seed: number
  readonly hash: string
  readonly steps: number
  readonly virtualMs: number
  readonly commits: number
  readonly faults: readonly string[]
  readonly tally: readonly (readonly [string, number])[]
  readonly violation: { readonly id: string; readonly message: string; readonly stack: string } | null
}

const members: ReadonlyMap<string, Membership> = new Map([
  ['alice', { teams: ['red', 'green'], isJunior: false, mayReadPages: true, mayWritePages: true }],
  ['bob', { teams: ['red'], isJunior: true, mayReadPages: true, mayWritePages: true }],
  ['carol', { teams: ['blue', 'green'], isJunior: false, mayReadPages: true, mayWritePages: false }],
])

/** One seed, one history: people at work while things break, then peace, then everything must be equal. */
export async function simulate({
  seed,
  print,
  mutant,
  faults: named,
  nodes,
}: SimulationOptions): Promise<SimulationResult> {
  const nodeCount = nodes ?? new Dice(seed, 'cluster').pick([1, 2, 2, 3, 3, 4])
  const world = new World({ seed, nodeCount, members, print, mutant })
  const dice = new Dice(seed, 'plan')
  const startMs = world.time.nowMs
  const restore = mutant?.patch?.()
  const unhandled = (error: unknown) => world.fail(error)
  process.on('unhandledRejection', unhandled)
  const faults = new Faults(world, new Dice(seed, 'faults'), named)
  let violation: unknown = null
  try {
    await world.startNodes()
    const workload = new Workload(world, new Dice(seed, 'workload'))
    world.workload = workload
    const seeded = workload.seed()
    await world.until(seeded)
    for (const userId of members.keys()) {
      const device = world.newDevice(`${userId}-laptop`, userId, faults.has('old client') && userId === 'bob')
      workload.furnish(world.openTab(device))
    }
    if (dice.chance(0.5)) workload.furnish(world.openTab(world.newDevice('alice-phone', 'alice')))
    await world.run(500)
    await work(world, workload, faults, dice)
    await faults.heal()
    await converge(world)
    if (world.nodes.isCluster) {
      await drill(world, dice)
      await converge(world)
    }
  } catch (error) {
    violation = world.failure ?? error
  } finally {
    process.off('unhandledRejection', unhandled)
    restore?.()
  }
  return {
    seed,
    hash: world.trace.hash,
    steps: world.time.steps,
    virtualMs: world.time.nowMs - startMs,
    commits: world.history.head,
    faults: faults.names,
    tally: world.tally.entries,
    violation: violation === null ? null : describe(violation),
  }
}

/** Some calm and some busy minutes, with faults among them. */
async function work(world: World, workload: Workload, faults: Faults, dice: Dice): Promise<void> {
  const actions = dice.int(60, 160)
  for (let n = 0; n < actions; n++) {
    workload.act()
    if (world.nodes.isCluster && dice.chance(0.3)) world.books.act()
    if (dice.chance(0.25)) await faults.strike()
    await world.run(dice.chance(0.5) ? dice.int(0, 40) : dice.int(40, 700))
  }
}

function describe(error: unknown): NonNullable<SimulationResult['violation']> {
  if (error instanceof Violation) return { id: error.id, message: error.message, stack: error.stack ?? '' }
  if (error instanceof Error)
    return { id: 'error', message: `${error.name}: ${error.message}`, stack: error.stack ?? '' }
  return { id: 'error', message: String(error), stack: '' }
}
