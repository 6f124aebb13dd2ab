import type { NodeHost } from './node/NodeHost.js'
import { type World, workspace } from './World.js'
import { books } from './workload/Books.js'
import { sales } from './workload/schema.js'
import type { Dice } from './world/Dice.js'
import { Violation } from './world/Violation.js'

/** Ways to the store and back, and looking at what is late, ms. */
const slackMs = 400
/** Owners tell their heads once a second; what is behind them is waited for and then read. */
const repairMs = 1_000 + slackMs + 200

/** What has to work within a time, tried on a world that is healthy otherwise. */
const drills = {
  /** Its shards take writes again within its lease and a second. [L6] */
  async 'an owner dies'(world: World, dice: Dice): Promise<void> {
    const book = dice.pick(books)
    const owner = world.nodes.ownerOf(book)
    owner?.crash()
    await mustSell(world, dice, book, world.nodes.leaseMs + 1_000 + slackMs)
  },

  /** The others go on without a pause that people notice. */
  async 'an owner leaves'(world: World, dice: Dice): Promise<void> {
    const book = dice.pick(books)
    void world.nodes.ownerOf(book)?.stop()
    await world.run(dice.int(0, 50))
    await mustSell(world, dice, book, slackMs)
  },

  /** What the bus loses is there a heartbeat later, though nothing more is written. [L5] */
  async 'a word is lost'(world: World): Promise<void> {
    const { hub } = world.nodes
    hub.loses = ({ kind }) => kind === 'changes'
    await write(world)
    hub.loses = () => false
    await mustBeTold(world, repairMs)
  },

  /** Its last commit is told by those who take over, though nothing more is written. [L5] [L6] */
  async 'an owner dies with its last word'(world: World): Promise<void> {
    const owner = world.nodes.ownerOf(workspace)
    if (owner === undefined) return
    owner.diesAfterCommit = true
    const head = world.history.head
    void write(world, owner)
    await world.run(50)
    if (world.history.head > head) await mustBeTold(world, world.nodes.leaseMs + 1_000 + repairMs)
    owner.diesAfterCommit = false
  },
} as const

/** One drill of a cluster; then every machine is on again. */
export async function drill(world: World, dice: Dice): Promise<void> {
  const name = dice.pick(Object.keys(drills) as (keyof typeof drills)[])
  world.trace.add(`drill: ${name}`)
  world.tally.count(`drill: ${name}`)
  world.listening.nodes = 'break'
  await drills[name](world, dice)
  await world.startNodes()
}

async function mustSell(world: World, dice: Dice, book: string, withinMs: number): Promise<void> {
  await world.until(world.books.ask(dice.pick(world.nodes.running), 'buy', book), withinMs, 'L6')
}

async function write(world: World, at?: NodeHost): Promise<void> {
  const server = at === undefined ? world.serverCode(workspace) : at.workspace(workspace)
  const done = server?.insert(sales, { of: 'drill', buyer: 'app', token: `drill ${world.time.nowMs}` })
  if (at === undefined && done !== undefined) await world.until(done)
}

/** Every node that follows the workspace is at its head. */
async function mustBeTold(world: World, withinMs: number): Promise<void> {
  await world.run(withinMs)
  for (const { name, core } of world.nodes.running) {
    const position = core?.gateways.positionOf(workspace)
    if (position !== undefined && position < world.history.head)
      throw new Violation(
        'L5',
        `node ${name} is at ${position} after ${withinMs} ms, committed is ${world.history.head}`,
      )
  }
}
