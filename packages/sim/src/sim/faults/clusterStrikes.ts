import type { NodeHost } from '../node/NodeHost.js'
import { workspace } from '../World.js'
import { books } from '../workload/Books.js'
import type { Faults } from './Faults.js'
import type { Fault } from './strikes.js'

/** Until heads were told once more, and what they showed to be missing was read. */
const repairMs = 3_000

/** What goes wrong between nodes. It takes two of them. */
export const clusterStrikes = {
  'node leaves and joins': {
    chance: 0.3,
    isPlanned: true,
    strike(faults) {
      const host = faults.anyHost()
      void host.stop()
      faults.startLater(host, 20_000)
    },
  },
  'node dies untold': {
    chance: 0.25,
    strike(faults) {
      const { world, dice, later } = faults
      const host = world.nodes.ownerOf(dice.pick([workspace, ...books]))
      if (host === undefined) return
      host.diesAfterCommit = true
      later(dice.int(200, 8_000), () => {
        host.diesAfterCommit = false
        void world.startNode(host)
      })
    },
  },
  'bus words lost': {
    chance: 0.35,
    strike({ world, dice, later }) {
      const { hub } = world.nodes
      hub.weather.losing = dice.pick([0.05, 0.3, 1])
      const ms = dice.int(300, 5_000)
      allLate(world.nodes.hosts, ms + repairMs)
      later(ms, () => {
        hub.weather.losing = 0
      })
    },
  },
  'bus slow': {
    chance: 0.3,
    strike({ world, dice, later }) {
      const { hub } = world.nodes
      hub.weather.latencyMs = dice.pick([30, 200, 800])
      const ms = dice.int(300, 4_000)
      allLate(world.nodes.hosts, ms + repairMs)
      later(ms, () => {
        hub.weather.latencyMs = 3
      })
    },
  },
  'bus away': {
    chance: 0.25,
    strike(faults) {
      const { world, dice, later } = faults
      const { hub, hosts } = world.nodes
      hub.isAway = true
      for (const host of hosts) cutFromBus(faults, host)
      later(dice.pick([1_000, 8_000, 60_000]), () => {
        hub.isAway = false
        for (const host of hosts) mendLater(faults, host)
      })
    },
  },
  'node without bus': {
    chance: 0.3,
    strike(faults) {
      const host = faults.anyHost()
      cutFromBus(faults, host)
      faults.later(faults.dice.int(100, 12_000), () => mendLater(faults, host))
    },
  },
  'node without store': {
    chance: 0.25,
    strike: faults => cutFromStore(faults, faults.anyHost()),
  },
  'node alone': {
    chance: 0.25,
    strike(faults) {
      const host = faults.anyHost()
      cutFromStore(faults, host)
      cutFromBus(faults, host)
      faults.later(faults.dice.int(100, 12_000), () => mendLater(faults, host))
    },
  },
} as const satisfies Readonly<Record<string, Fault>>

/** It notices at once, or after the three seconds that a silent line is waited for. */
function cutFromBus({ dice }: Faults, host: NodeHost): void {
  host.line?.cut(dice.pick([0, dice.int(0, 3_000)]))
}

function mendLater({ world, dice, later }: Faults, host: NodeHost): void {
  later(dice.int(0, 1_500), () => {
    if (world.nodes.hub.isAway) return
    host.line?.mend()
    host.lateFor(repairMs)
  })
}

function cutFromStore({ dice, later }: Faults, host: NodeHost): void {
  const { weather } = host
  Object.assign(weather, { failing: 1, losing: 1 })
  later(dice.int(300, 12_000), () => {
    Object.assign(weather, { failing: 0, losing: 0 })
    host.lateFor(repairMs)
  })
}

function allLate(hosts: readonly NodeHost[], ms: number): void {
  for (const host of hosts) host.lateFor(ms)
}
