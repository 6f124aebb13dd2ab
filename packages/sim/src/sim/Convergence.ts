import { isCurrent } from './check/TabCheck.js'
import type { World } from './World.js'
import { Violation } from './world/Violation.js'

const roundMs = 500
/** Back-off lasts up to 30 s, a silent socket is noticed after 18 s, a refused storage is tried again after 5 s. */
const mostMs = 180_000
/** Longer than a storage that refused is left alone. */
const settleMs = 6_000

/** Once faults have stopped, and whoever was refused meanwhile signs in again, all replicas become equal to the store. [L1] */
export async function converge(world: World): Promise<void> {
  const untilMs = world.time.nowMs + mostMs
  while (world.time.nowMs < untilMs && !isQuiet(world)) {
    await world.run(roundMs)
    for (const { client } of world.tabs) if (client.status.getSnapshot().connection === 'needs-auth') client.connect()
  }
  // What is under way between tabs, and into the storages.
  await world.run(settleMs)
  for (const tab of world.tabs) world.tabCheck.checkConverged(tab)
  for (const device of world.devices) {
    if (device.memory.outbox.size > 0 && world.tabsOf(device).length > 0) {
      throw new Violation('L1', `${device.name} keeps ${device.memory.outbox.size} answered writes`)
    }
    world.replicaCheck.stored(device)
  }
  if (world.failure !== null) throw world.failure
  if (world.rights.unannounced.length > 0) throw new Violation('L1', 'a change of rights was never committed')
  if (world.nodes.isCluster) {
    world.books.mustBeEven()
    world.listening.mustBeComplete()
  }
  world.sales.check()
  world.sales.checkTold()
  world.trace.add(`converged at ${world.history.head}`)
}

function isQuiet(world: World): boolean {
  // A client that has not noticed yet that its wire is silent believes to be current.
  for (const { wire } of world.wires) if (wire.isSilent) return false
  if (world.nodes.running.length < world.nodes.hosts.length || world.rights.unannounced.length > 0) return false
  world.books.askAgain()
  if (world.nodes.isCluster && !(world.books.isQuiet && world.listening.isQuiet)) return false
  return world.tabs.every(({ client, mounts }) => {
    const { connection, pending } = client.status.getSnapshot()
    return connection === 'online' && pending === 0 && mounts.every(isCurrent)
  })
}
