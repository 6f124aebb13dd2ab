import { buySeat } from '../workload/commands.js'
import { teams } from '../workload/schema.js'
import { clusterStrikes } from './clusterStrikes.js'
import type { Faults } from './Faults.js'

const day = 24 * 60 * 60 * 1000

/** One way in which the outside world goes wrong. None of them knows the code that it meets. */
export interface Fault {
  /** How likely a history has it. */
  readonly chance: number
  /** Nodes go in peace, or are not concerned. */
  readonly isPlanned?: boolean
  strike(faults: Faults): void | Promise<void>
}

const table = {
  'wire cut': { chance: 0.5, strike: ({ anyWire }) => anyWire()?.cut() },
  'wire silent': { chance: 0.25, strike: ({ anyWire }) => anyWire()?.silence() },
  'slow reader': {
    chance: 0.35,
    strike({ anyWire, later, dice, world }) {
      const wire = anyWire()
      wire?.stall(true)
      later(dice.int(500, 9_000), () => wire?.stall(false))
      // Something has to come that it does not read.
      for (let n = dice.int(4, 16); n > 0; n--) later(dice.int(10, 900), () => world.workload?.act())
    },
  },
  'slow network': {
    chance: 0.3,
    strike({ world, later, dice }) {
      world.network.latencyMs = dice.int(50, 1_500)
      later(dice.int(500, 6_000), () => {
        world.network.latencyMs = 20
      })
    },
  },
  'node crash': {
    chance: 0.35,
    strike(faults) {
      const host = faults.anyHost()
      host.crash()
      faults.startLater(host, 4_000)
    },
  },
  'node drained': {
    chance: 0.15,
    isPlanned: true,
    strike(faults) {
      const host = faults.anyHost()
      void host.stop()
      faults.startLater(host, 2_000)
    },
  },
  'node paused': {
    chance: 0.2,
    strike({ anyHost, later, dice }) {
      const host = anyHost()
      host.pause()
      later(dice.int(200, 25_000), () => host.resume())
    },
  },
  'node taken for dead': {
    chance: 0.2,
    strike(faults) {
      const { later, dice } = faults
      const host = faults.anyHost()
      if (host.process === null) return
      faults.world.abandonNode(host)
      faults.startLater(host, 300)
      later(dice.int(400, 8_000), () => host.wakeZombie(dice.int(50, 4_000)))
    },
  },
  'node clock jumps': {
    chance: 0.25,
    isPlanned: true,
    strike({ anyHost, dice }) {
      const { process } = anyHost()
      if (process !== null) process.clockErrorMs += dice.int(-30_000, 30_000)
    },
  },
  'store slow': {
    chance: 0.3,
    strike({ anyHost, later, dice }) {
      const { weather } = anyHost()
      weather.latencyMs = dice.int(20, 90)
      later(dice.int(300, 4_000), () => {
        weather.latencyMs = 3
      })
    },
  },
  'store refuses': {
    chance: 0.25,
    strike({ anyHost, later, dice }) {
      const host = anyHost()
      const { weather } = host
      weather.failing = 0.4
      later(dice.int(100, 3_000), () => {
        weather.failing = 0
        host.lateFor(1_000)
      })
    },
  },
  'commit unknown': {
    chance: 0.3,
    strike({ anyHost, later, dice }) {
      const { weather } = anyHost()
      weather.losing = 0.5
      later(dice.int(100, 3_000), () => {
        weather.losing = 0
      })
    },
  },
  'tab crash': { chance: 0.5, strike: faults => faults.crashTab() },
  'tab dies with an answer': {
    chance: 0.2,
    strike(faults) {
      const { world, anyDevice } = faults
      const device = anyDevice()
      if (world.tabsOf(device).length < 3) world.workload?.furnish(world.openTab(device))
      device.diesWithAnswer = true
      for (const tab of world.tabsOf(device)) world.workload?.buy(tab)
      faults.reopenLater(device)
    },
  },
  'tab closed': {
    chance: 0.2,
    strike(faults) {
      const tab = faults.anyTab()
      if (tab === undefined) return
      faults.world.closeTab(tab)
      faults.reopenLater(tab.device)
    },
  },
  'second tab': {
    chance: 0.45,
    strike({ world, anyDevice }) {
      const device = anyDevice()
      if (world.tabsOf(device).length < 3) world.workload?.furnish(world.openTab(device))
    },
  },
  'storage slow': {
    chance: 0.3,
    strike({ anyDevice, later, dice }) {
      const device = anyDevice()
      device.weather.latencyMs = dice.int(30, 400)
      later(dice.int(500, 6_000), () => {
        device.weather.latencyMs = 4
      })
    },
  },
  'storage full': {
    chance: 0.2,
    strike({ anyDevice, later, dice }) {
      const device = anyDevice()
      device.weather.full = 0.5
      later(dice.int(300, 4_000), () => {
        device.weather.full = 0
      })
    },
  },
  'storage evicted': {
    chance: 0.12,
    strike(faults) {
      const device = faults.anyDevice()
      for (const tab of [...faults.world.tabsOf(device)]) tab.crash()
      device.evict()
      faults.world.replicaCheck.forget(device)
      faults.reopenLater(device)
    },
  },
  'storage broken': {
    chance: 0.15,
    strike({ world, anyTab, later, dice }) {
      const tab = anyTab()
      if (tab === undefined || tab.device.weather.full > 0) return
      const { device } = tab
      device.weather.full = 1
      world.workload?.lookAgain(tab, later)
      later(dice.int(13_000, 20_000), () => {
        device.weather.full = 0
      })
    },
  },
  'client clock': {
    chance: 0.3,
    strike({ anyDevice, dice }) {
      const device = anyDevice()
      device.clockErrorMs = dice.pick([day, -day, dice.int(-30_000, 30_000), 0])
    },
  },
  offline: {
    chance: 0.35,
    strike({ anyTab, later, dice }) {
      const tab = anyTab()
      tab?.client.disconnect()
      later(dice.int(1_000, 40_000), () => {
        if (tab?.isAlive) tab.client.connect()
      })
    },
  },
  'long absence': {
    chance: 0.2,
    strike(faults) {
      const device = faults.anyDevice()
      for (const tab of [...faults.world.tabsOf(device)]) tab.crash()
      faults.later(faults.dice.int(10_000, 40_000), () => faults.reopen(device))
    },
  },
  'history cut': {
    chance: 0.35,
    strike({ world, dice }) {
      const never = Number.POSITIVE_INFINITY
      const logAgeMs = dice.int(0, 5_000)
      const policy = { logAgeMs, logBytes: 1 << 20, replicaAgeMs: never, passingReplicaAgeMs: never }
      world.nodes.running[0]?.core?.store.tend(policy, world.time.nowMs).catch(() => undefined)
    },
  },
  'replica forgotten': {
    chance: 0.08,
    strike({ world }) {
      // A year passes for the devices; for the node these seconds stand for it.
      for (const device of world.devices) device.leap(365 * day)
      // What server code has asked for, and asks for again when its node has died, is not a year old.
      const passingReplicaAgeMs = world.nodes.isCluster ? 7 * day : 8_000
      const policy = { logAgeMs: day, logBytes: 1 << 20, replicaAgeMs: 8_000, passingReplicaAgeMs }
      world.nodes.running[0]?.core?.store.tend(policy, world.time.nowMs).catch(() => undefined)
    },
  },
  'rights changed': {
    chance: 0.45,
    strike({ world, dice }) {
      const userId = dice.pick(world.rights.userIds)
      world.changeRights(userId, {
        teams: teams.filter(() => dice.chance(0.5)),
        isJunior: dice.chance(0.3),
        mayReadPages: dice.chance(0.8),
        mayWritePages: dice.chance(0.7),
      })
    },
  },
  'token expired': {
    chance: 0.12,
    strike({ world, anyDevice, later, dice }) {
      const device = anyDevice()
      world.refusedUsers.add(device.userId)
      for (const wire of world.wiresOf(device)) wire.cut()
      later(dice.int(500, 5_000), () => {
        world.refusedUsers.delete(device.userId)
        for (const tab of world.tabsOf(device)) tab.client.connect()
      })
    },
  },
  'hot record': {
    chance: 0.2,
    strike({ world, later, dice }) {
      const { workload } = world
      if (workload === null || workload.noteIds.length === 0) return
      workload.hotNote = dice.pick(workload.noteIds)
      later(4_000, () => {
        workload.hotNote = null
      })
    },
  },
  'rush for a seat': {
    chance: 0.04,
    strike({ world, dice, hasHappened }) {
      if (hasHappened('rush for a seat')) return
      for (let n = 0; n < 50; n++) {
        const device = world.newDevice(`buyer${n}`, dice.pick(world.rights.userIds))
        const tab = world.openTab(device)
        const token = world.tokens.make('sales', '*', 'token')
        const receipt = tab.client.run(buySeat, { seat: 's1', token })
        world.sales.asked(device.userId, token, receipt)
        world.receipts.watch(tab, receipt, false)
      }
    },
  },
  'old client': { chance: 0.25, strike: () => {} },
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof table | keyof typeof clusterStrikes

/** All that can go wrong. */
export const strikes: Readonly<Record<FaultName, Fault>> = { ...table, ...clusterStrikes }

/** These need more than one node. */
export const isOfCluster = (name: FaultName): boolean => name in clusterStrikes

/** What nodes go through in a history with these faults. */
export function movesOf(names: readonly FaultName[]): 'stay' | 'move' | 'break' {
  const ofNodes = names.filter(name => /node|store|commit|bus/.test(name))
  if (ofNodes.length === 0) return 'stay'
  return ofNodes.every(name => strikes[name].isPlanned) ? 'move' : 'break'
}
