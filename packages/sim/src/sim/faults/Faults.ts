import type { Device } from '../device/Device.js'
import { fairStorage } from '../device/FaultyStorage.js'
import { fairStore } from '../node/FaultyStore.js'
import type { World } from '../World.js'
import { workspace } from '../World.js'
import { teams } from '../workload/schema.js'
import type { Dice } from '../world/Dice.js'

type Strike = (faults: Faults) => void | Promise<void>

/** Everything that can go wrong, and how. Each is a thing of the outside world: none knows the code that it meets. */
const strikes: Readonly<Record<string, Strike>> = {
  'cut': faults => faults.anyWire()?.cut(),
}

/** Draws a subset of the faults for a history, and lets them happen. */
export class Faults {
  readonly names: readonly string[]

  constructor(
    readonly world: World,
    readonly dice: Dice,
    named?: readonly string[],
  ) {
    const all = Object.keys(strikes)
    this.names = named ?? all.filter(() => dice.chance(0.3))
  }

  has(name: string): boolean {
    return this.names.includes(name)
  }

  async strike(): Promise<void> {
    if (this.names.length === 0) return
    const name = this.dice.pick(this.names)
    this.world.trace.add(`fault: ${name}`)
    await strikes[name]?.(this)
  }

  /** Peace: nothing fails from here on, and everything that was taken away is given back. */
  async heal(): Promise<void> {
    const { world } = this
    Object.assign(world.host.weather, fairStore)
    world.network.latencyMs = 20
    if (!world.host.isRunning) await world.host.start()
    world.host.resume()
    for (const device of world.devices) {
      Object.assign(device.weather, fairStorage)
      for (const wire of world.wiresOf(device)) wire.stall(false)
      if (world.tabsOf(device).length === 0) world.workload?.furnish(world.openTab(device))
      for (const tab of world.tabsOf(device)) tab.client.connect()
    }
  }

  anyWire() {
    const wires = [...this.world.wires]
    return wires.length === 0 ? undefined : this.dice.pick(wires).wire
  }

  anyDevice(): Device {
    return this.dice.pick(this.world.devices)
  }
}
void workspace
void teams
