import type { Device } from '../device/Device.js'
import { fairStorage } from '../device/FaultyStorage.js'
import type { SimTab } from '../device/SimTab.js'
import { fairBus } from '../network/BusHub.js'
import type { Wire } from '../network/Wire.js'
import { fairStore } from '../node/FaultyStore.js'
import type { NodeHost } from '../node/NodeHost.js'
import type { World } from '../World.js'
import type { Dice } from '../world/Dice.js'
import { type Fault, type FaultName, isOfCluster, movesOf, strikes } from './strikes.js'

/** Draws a subset of the faults for a history, and lets them happen. */
export class Faults {
  readonly names: readonly FaultName[]
  readonly #happened = new Map<string, number>()
  #isOver = false

  constructor(
    readonly world: World,
    readonly dice: Dice,
    named?: readonly FaultName[],
  ) {
    const drawn = (Object.entries(strikes) as [FaultName, Fault][]).filter(([, { chance }]) => dice.chance(chance))
    this.names = named ?? drawn.map(([name]) => name).filter(name => world.nodes.isCluster || !isOfCluster(name))
    world.listening.nodes = movesOf(this.names)
  }

  has(name: FaultName): boolean {
    return this.names.includes(name)
  }

  /** Whether it has struck before this time. */
  readonly hasHappened = (name: string): boolean => (this.#happened.get(name) ?? 0) > 1

  async strike(): Promise<void> {
    if (this.names.length === 0) return
    const name = this.dice.pick(this.names)
    this.#happened.set(name, (this.#happened.get(name) ?? 0) + 1)
    this.world.trace.add(`fault: ${name}`)
    this.world.tally.count(`fault: ${name}`)
    await strikes[name].strike(this)
  }

  /** Peace: nothing fails from here on, and everything that was taken away is given back. */
  async heal(): Promise<void> {
    const { world } = this
    this.#isOver = true
    world.trace.add('peace')
    Object.assign(world.nodes.hub.weather, fairBus)
    world.nodes.hub.isAway = false
    // That of a node that is only starting too.
    for (const line of world.nodes.hub.lines) line.mend()
    world.network.latencyMs = 20
    world.refusedUsers.clear()
    for (const host of world.nodes.hosts) {
      Object.assign(host.weather, fairStore)
      host.diesAfterCommit = false
      if (world.nodes.isCluster) host.lateFor(3_000)
      host.wakeZombie(0)
      host.resume()
      void world.startNode(host)
    }
    for (const device of world.devices) {
      Object.assign(device.weather, fairStorage)
      device.diesWithAnswer = false
      for (const wire of world.wiresOf(device)) wire.stall(false)
      this.reopen(device)
      for (const tab of world.tabsOf(device)) tab.client.connect()
    }
  }

  /** Something that comes of it later, unless there is peace by then. */
  readonly later = (ms: number, fn: () => void): void => {
    this.world.time.after(ms, () => {
      if (!this.#isOver) fn()
    })
  }

  readonly anyWire = (): Wire | undefined => {
    const wires = [...this.world.wires]
    return wires.length === 0 ? undefined : this.dice.pick(wires).wire
  }

  readonly anyDevice = (): Device => this.dice.pick(this.world.devices)

  readonly anyTab = (): SimTab | undefined => {
    const { tabs } = this.world
    return tabs.length === 0 ? undefined : this.dice.pick(tabs)
  }

  readonly anyHost = (): NodeHost => this.dice.pick(this.world.nodes.hosts)

  /** The machine goes on after a while. */
  startLater(host: NodeHost, mostMs: number): void {
    this.later(this.dice.int(20, mostMs), () => void this.world.startNode(host))
  }

  crashTab(): void {
    const tab = this.anyTab()
    if (tab === undefined) return
    tab.crash()
    this.reopenLater(tab.device)
  }

  reopenLater(device: Device): void {
    this.later(this.dice.int(5, 3_000), () => this.reopen(device))
  }

  reopen(device: Device): void {
    const { world } = this
    if (world.tabsOf(device).length === 0) world.workload?.furnish(world.openTab(device))
  }
}
