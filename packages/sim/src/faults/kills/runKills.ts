import 'fake-indexeddb/auto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../../sim/world/Dice.js'
import { Faults, type PartResult } from '../Faults.js'
import { LoneNode } from '../LoneNode.js'
import { workspace } from '../schema.js'
import { Team } from './Team.js'

const users = ['carol', 'alice', 'bob', 'dave', 'erin']

interface KillOptions {
  readonly kills: number
  readonly seed: number
  readonly progress: (line: string) => void
}

/**
 * A node under the load of several clients is killed at random moments and started again, again and again. Then all is
 * healed, and the store is held against what everybody was told and is shown. [SIM-FAULT-1] [SIM-FAULT-2]
 */
export async function runKills({ kills, seed, progress }: KillOptions): Promise<PartResult> {
  const node = new LoneNode()
  const faults = new Faults()
  let team: Team | null = null
  try {
    await node.start()
    const urlByUser = Object.fromEntries(users.map(userId => [userId, node.url]))
    team = new Team({ workspace, seed, urlByUser, paceMs: [2, 30] })
    const { ledger } = team
    await team.begin()
    const dice = new Dice(seed, 'kills')
    let reloads = 0
    for (let kill = 1; kill <= kills; kill++) {
      await somebodyIsOnline(team)
      await sleep(dice.int(20, 1_500))
      await node.kill()
      if (kill % 2 === 1) {
        await team.writeAndReload()
        reloads++
      }
      if (kill % 5 === 0 || kill === kills) progress(`${kill} of ${kills} kills, ${ledger.entries.length} writes`)
      await node.start()
      team.someReconnect()
    }
    await team.settled(faults)
    const replicas = await team.read(faults)
    progress(`${ledger.entries.length} writes, all settled`)
    await node.stop()
    const store = await node.read()
    team.judge(store, replicas, faults)
    for (const error of node.errors) faults.add('G10', `a node failed at something: ${error}`)
    return {
      title: 'kills',
      figures: [
        ['kills', node.starts - 1],
        ['writes', ledger.entries.length],
        ['accepted', ledger.count('accepted')],
        ['rejected', ledger.count('rejected')],
        ['taken back', ledger.count('cancelled')],
        ['reloads', reloads],
        ['not told before a reload', ledger.count('forsaken')],
        ['pieces of text typed', ledger.typed.length],
        ['changes in the log', store.head],
      ],
      faults: faults.all,
    }
  } finally {
    await team?.close()
    await node.kill()
    node.destroy()
  }
}

/** A node that nobody has come back to has nothing to lose. */
async function somebodyIsOnline({ writers }: Team): Promise<void> {
  const patience = Date.now() + 10_000
  while (!writers.some(({ isOnline }) => isOnline) && Date.now() < patience) await sleep(5)
}
