import 'fake-indexeddb/auto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dice } from '../../sim/world/Dice.js'
import { Faults, type PartResult } from '../Faults.js'
import { inTime } from '../inTime.js'
import { Team } from '../kills/Team.js'
import { workspaces } from '../schema.js'
import { type DisturbanceName, disturbances } from './disturbances.js'
import { judgeHistory } from './History.js'
import { type Disturbed, pausesOf } from './Pauses.js'
import { RealCluster } from './RealCluster.js'

const users = ['carol', 'alice', 'bob']
const leaseMs = 3_000
const patienceMs = 20_000
const againMs = 500
const longestMs = 60_000

export interface ClusterOptions {
  /** How many times something is done to it. */
  readonly kills: number
  readonly seed: number
  readonly nodes?: number
  readonly isFenced?: boolean
  /** What is done, in turns. All by default. */
  readonly only?: readonly DisturbanceName[]
  readonly progress: (line: string) => void
}

/**
 * Several nodes on one Postgres and one Redis, under load, of which this or that is killed, paused, cut off or taken
 * away, at random moments and one upon the other. Then all is healed, and what is stored is held against what everybody
 * was told and is shown. [SIM-FAULT-9]
 */
export async function runCluster(options: ClusterOptions): Promise<PartResult> {
  const { seed, nodes = 3, isFenced = true, progress } = options
  const dice = new Dice(seed, 'cluster')
  const faults = new Faults()
  const cluster = await RealCluster.start({ nodes, leaseMs, isFenced })
  const teams: Team[] = []
  try {
    for (const workspace of workspaces) {
      const urls = await Promise.all(users.map(async userId => [userId, await cluster.line(dice)] as const))
      teams.push(new Team({ workspace, seed, urlByUser: Object.fromEntries(urls), paceMs: [20, 100] }))
    }
    await Promise.all(teams.map(team => team.begin()))
    const disturbed = await disturb(cluster, teams, dice, faults, options)
    await cluster.heal()
    progress('healed')
    const healedAt = Date.now()
    await Promise.all(teams.map(team => team.settled(faults)))
    const settledMs = Date.now() - healedAt
    progress('settled')
    for (const team of teams) faults.take(await judged(team, cluster), team.workspace)
    const equalMs = Date.now() - healedAt
    progress('judged')
    const steps = await cluster.history()
    judgeHistory(steps, faults)
    for (const error of cluster.errors) faults.add('G10', `a node failed at something: ${error}`)
    const entries = teams.flatMap(({ ledger }) => ledger.entries)
    const count = (state: string) => entries.filter(entry => entry.state === state).length
    return {
      title: 'cluster',
      figures: [
        ['faults', disturbed.length],
        ['nodes', nodes],
        ['writes', entries.length],
        ['accepted', count('accepted')],
        ['rejected', count('rejected')],
        ['taken back', count('cancelled')],
        ['not told before a reload', count('forsaken')],
        ['commits', steps.length],
        ['settled after', `${settledMs} ms`],
        ['equal after', `${equalMs} ms`],
        ...pausesOf(steps, disturbed),
      ],
      faults: faults.all,
    }
  } finally {
    await Promise.all(teams.map(team => team.close()))
    await cluster.destroy()
  }
}

/** What one node commits is on its way to others for a while: a replica that lacks it is looked at again. */
async function judged(team: Team, cluster: RealCluster): Promise<Faults> {
  const store = await cluster.read(team.workspace)
  const patience = Date.now() + patienceMs
  for (;;) {
    const faults = new Faults()
    team.judge(store, await team.read(faults), faults)
    if (!faults.has('L1') || Date.now() > patience) return faults
    await sleep(againMs)
  }
}

/** One thing after the other, some before the last is over. */
async function disturb(
  cluster: RealCluster,
  teams: readonly Team[],
  dice: Dice,
  faults: Faults,
  options: ClusterOptions,
): Promise<readonly Disturbed[]> {
  const { kills, only = Object.keys(disturbances) as DisturbanceName[], progress } = options
  const longMs = kills < 50 ? ([3_000, 5_000] as const) : ([10_000, longestMs] as const)
  const disturbed: Disturbed[] = []
  const busy = new Map<object, Promise<void>>()
  let deck: DisturbanceName[] = []
  for (let done = 0; done < kills; done++) {
    if (deck.length === 0) deck = shuffled(only, dice)
    const name = deck.pop() as DisturbanceName
    await sleep(dice.int(100, 1_500))
    const team = dice.pick(teams)
    const owner = dice.chance(0.7) ? await cluster.ownerOf(team.workspace) : undefined
    const member = owner ?? dice.pick(cluster.members)
    const { life } = member
    const { target, run } = disturbances[name]({ cluster, dice, member, longMs })
    await isInTime(busy.get(target) ?? Promise.resolve())
    const fromMs = Date.now()
    progress(`${done + 1} of ${kills}: ${name}`)
    const ended = run().then(() => {
      disturbed.push({ name, life: target === member ? life : '', fromMs, toMs: Date.now() })
      progress(`  ${name}: over after ${Date.now() - fromMs} ms`)
    })
    busy.set(target, ended)
    if (dice.chance(0.3) && !(await isInTime(team.writeAndReload()))) {
      faults.add('L1', `${team.first.userId} of ${team.workspace} does not come to the end of a reload`)
    }
    if (dice.chance(0.7) && !(await isInTime(ended))) faults.add('L1', `"${name}" does not come to an end`)
    for (const each of teams) each.someReconnect()
  }
  await isInTime(Promise.all(busy.values()))
  return disturbed
}

const isInTime = async (work: Promise<unknown>): Promise<boolean> =>
  (await inTime(
    work.then(() => true),
    2 * longestMs,
  )) === true

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const left = [...items]
  return items.map(() => left.splice(dice.int(0, left.length - 1), 1)[0] as T)
}
