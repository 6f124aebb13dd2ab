import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from '../../sim/world/Dice.js'
import type { Wire } from '../Wire.js'
import type { Member } from './Member.js'
import type { RealCluster } from './RealCluster.js'

/** What is done to a cluster: when it is over, all is as it was. */
export interface Disturbance {
  /** What it does it to: to one thing one at a time. */
  readonly target: object
  readonly run: () => Promise<void>
}

export interface DisturbedParts {
  readonly cluster: RealCluster
  readonly dice: Dice
  /** Who is to be at the centre of it: the owner of some workspace, or any node that serves. */
  readonly member: Member
  /** How long Redis is away when it is away for long. */
  readonly longMs: readonly [least: number, most: number]
}

type Kind = (parts: DisturbedParts) => Disturbance

const killNode: Kind = ({ member, dice }) => ({
  target: member,
  async run() {
    await member.kill()
    await sleep(dice.int(0, 3_000))
    await member.start()
  },
})

const pauseNode: Kind = ({ member, dice }) => ({
  target: member,
  run: () => member.pausedFor(dice.int(1_000, 8_000)),
})

const drainNode: Kind = ({ member, dice }) => ({
  target: member,
  async run() {
    await member.stop()
    await sleep(dice.int(0, 1_000))
    await member.start()
  },
})

const addNode: Kind = ({ cluster, dice }) => ({
  target: cluster.members,
  async run() {
    const added = await cluster.add()
    await sleep(dice.int(1_000, 4_000))
    await cluster.remove(added)
  },
})

const restartRedis: Kind = ({ cluster: { redis }, dice }) => ({
  target: redis,
  async run() {
    await redis.kill()
    await sleep(dice.int(0, 2_000))
    await redis.start()
  },
})

const loseRedis: Kind = ({ cluster: { redis }, dice, longMs }) => ({
  target: redis,
  async run() {
    await redis.kill()
    await sleep(dice.int(...longMs))
    await redis.start()
  },
})

const flushRedis: Kind = ({ cluster: { redis } }) => ({
  target: redis,
  async run() {
    await redis.admin.flushall()
  },
})

const killConnections: Kind = ({ cluster: { redis }, dice }) => ({
  target: redis,
  async run() {
    await redis.admin.call('CLIENT', 'KILL', 'TYPE', dice.pick(['pubsub', 'normal']))
  },
})

const restartPostgres: Kind = ({ cluster: { postgres }, dice }) => ({
  target: postgres,
  async run() {
    await postgres.kill()
    await sleep(dice.int(0, 2_000))
    await postgres.run()
  },
})

const spoilClients: Kind = ({ cluster: { lines }, dice }) => spoilt(dice.pick(lines), dice)
const spoilRedis: Kind = ({ member: { toRedis }, dice }) => spoilt(toRedis, dice)
const spoilPostgres: Kind = ({ member: { toPostgres }, dice }) => spoilt(toPostgres, dice)

function spoilt(wire: Wire, dice: Dice): Disturbance {
  return {
    target: wire,
    async run() {
      const how = dice.pick(['hold', 'cut', 'slow'] as const)
      if (how === 'slow') wire.slow(dice.int(20, 300))
      else wire[how]()
      await sleep(dice.int(500, 5_000))
      wire.mend()
    },
  }
}

export const disturbances = {
  'kill -9 a node': killNode,
  'pause a node': pauseNode,
  'drain a node': drainNode,
  'add a node': addNode,
  'restart Redis': restartRedis,
  'lose Redis': loseRedis,
  'flush Redis': flushRedis,
  "kill Redis' connections": killConnections,
  'kill -9 Postgres': restartPostgres,
  "spoil a client's line": spoilClients,
  'spoil a line to Redis': spoilRedis,
  'spoil a line to Postgres': spoilPostgres,
} as const satisfies Record<string, Kind>

export type DisturbanceName = keyof typeof disturbances

export function mustBeDisturbance(name: string): DisturbanceName {
  if (name in disturbances) return name as DisturbanceName
  throw new Error(`"${name}" is none of ${Object.keys(disturbances).join(', ')}`)
}
