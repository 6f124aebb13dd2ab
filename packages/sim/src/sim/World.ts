import type { ClientSocket, SocketEvents } from '@tidemark/client/testing'
import { TidemarkError } from '@tidemark/core'
import { Effects } from './check/Effects.js'
import { Pushed } from './check/Pushed.js'
import { Queries } from './check/Queries.js'
import { Reading } from './check/Reading.js'
import { Receipts } from './check/Receipts.js'

import { ReplicaCheck } from './check/ReplicaCheck.js'
import { Sales } from './check/Sales.js'
import { StorageWitness } from './check/StorageWitness.js'
import { TabCheck } from './check/TabCheck.js'
import { type Seen, WireSession } from './check/WireSession.js'
import { Device } from './device/Device.js'
import { SimTab } from './device/SimTab.js'
import type { Mutant } from './Mutant.js'
import { Wire } from './network/Wire.js'
import { History } from './node/History.js'
import { simLimits } from './node/limits.js'
import { NodeHost } from './node/NodeHost.js'
import { commands } from './workload/commands.js'
import { type Membership, Rights, rules } from './workload/Rights.js'
import { oldSchema, schema } from './workload/schema.js'
import { Tokens } from './workload/Tokens.js'
import type { Workload } from './workload/Workload.js'
import { Dice } from './world/Dice.js'
import type { Process } from './world/Process.js'
import { Tally } from './world/Tally.js'
import { Trace } from './world/Trace.js'
import { VirtualTime } from './world/VirtualTime.js'

export const workspace = 'acme'
const startMs = 1_750_000_000_000

/** How the network does at the moment. */
export interface NetworkWeather {
  latencyMs: number
}

export interface WorldOptions {
  readonly seed: number
  readonly members: ReadonlyMap<string, Membership>
  readonly mutant?: Mutant | undefined
  readonly print?: ((line: string) => void) | undefined
}

/** One simulated world: a node, devices with tabs, the wires between, and those who look on. All of it follows from the seed. */
export class World implements Seen {
  readonly time = new VirtualTime(startMs)
  readonly tally = new Tally()
  readonly tokens = new Tokens()
  readonly trace: Trace
  readonly dice: Dice
  readonly history = new History(() => this.time.nowMs)
  readonly pushed = new Pushed()
  readonly queries = new Queries()
  readonly sales = new Sales(this.history)
  readonly rights: Rights
  readonly reading: Reading
  readonly host: NodeHost
  readonly storageWitness: StorageWitness
  readonly receipts: Receipts
  readonly tabCheck: TabCheck
  readonly replicaCheck: ReplicaCheck
  readonly network: NetworkWeather = { latencyMs: 20 }
  readonly devices: Device[] = []
  readonly tabs: SimTab[] = []
  readonly wires = new Set<{ readonly device: Device; readonly wire: Wire }>()
  workload: Workload | null = null
  /** The node stood still until a moment ago. */
  nodeLateUntilMs = 0
  /** Whose tokens the app does not take at the moment. */
  readonly refusedUsers = new Set<string>()
  /** Users whose rights changed and whose access entry the running node was asked for. */
  readonly #announced = new Set<string>()
  failure: unknown = null
  readonly #wireDice: Dice
  /** Tabs that have just been told something. */
  readonly #told: { readonly process: Process; readonly session: WireSession }[] = []

  constructor(private readonly options: WorldOptions) {
    const { seed, members, mutant, print } = options
    this.trace = new Trace(() => this.time.nowMs - startMs, print)
    this.dice = new Dice(seed, 'world')
    this.#wireDice = new Dice(seed, 'wires')
    this.rights = new Rights(members)
    const failed = (error: unknown) => this.fail(error)
    this.storageWitness = new StorageWitness(this.history, this.tally, this.trace, failed)
    this.reading = new Reading(this.history, this.rights)
    this.receipts = new Receipts(this.history, this.storageWitness, this.tally, failed)
    this.tabCheck = new TabCheck(this.history, this.rights, this.tokens)
    const effects = new Effects(this.pushed, this.tokens)
    this.history.watch = (part, decided) => {
      this.trace.add(`committed ${part.from}–${part.to}`)
      this.trace.detail(() => ({ decided, changes: part.changes.map(({ kind, seq }) => `${seq} ${kind}`) }))
      for (const change of part.changes) {
        if (change.kind === 'access' && change.subject !== null) this.rights.announced(change.subject, change.seq)
      }
      effects.check(part, decided)
    }
    this.replicaCheck = new ReplicaCheck(this, this.queries, failed)
    this.storageWitness.applied = device => this.replicaCheck.stored(device)
    this.host = new NodeHost({
      time: this.time,
      dice: new Dice(seed, 'node'),
      tally: this.tally,
      history: this.history,
      limits: simLimits,
      schema,
      commands,
      rules,
      userOf: token => {
        const userId = token ?? ''
        if (this.refusedUsers.has(userId)) throw new TidemarkError('UNAUTHORIZED')
        return { userId, membership: this.rights.now(userId) } as { readonly userId: string }
      },
      failed,
      wrapDisk: mutant?.wrapDisk,
      wrapStore: mutant?.wrapStore,
    })
  }

  nowMs(): number {
    return this.time.nowMs
  }

  isNodeLate(): boolean {
    return this.time.nowMs < this.nodeLateUntilMs
  }

  /** The first broken promise ends the history. */
  fail(error: unknown): void {
    this.failure ??= error
  }

  newDevice(name: string, userId: string, isOld = false): Device {
    const device = new Device({
      time: this.time,
      seed: this.options.seed,
      name,
      userId,
      isOld,
      tally: this.tally,
      witness: this.storageWitness,
      dial: (from, process, events) => this.#dial(from, process, events),
      wrapStorage: this.options.mutant?.wrapStorage,
    })
    this.devices.push(device)
    return device
  }

  openTab(device: Device): SimTab {
    const tab = new SimTab(device, { schema: device.parts.isOld ? oldSchema : schema, commands, workspace })
    this.tabs.push(tab)
    tab.process.ended(() => this.#forget(tab))
    this.trace.add(`tab of ${device.name} opens`)
    tab.client.connect()
    return tab
  }

  /** Someone closes it in peace: what it has to store is stored first. */
  closeTab(tab: SimTab): void {
    this.#forget(tab)
    tab.client.close().then(
      () => tab.process.kill(),
      error => this.fail(error),
    )
  }

  tabsOf(device: Device): readonly SimTab[] {
    return this.tabs.filter(tab => tab.device === device)
  }

  wiresOf(device: Device): readonly Wire[] {
    return [...this.wires].filter(entry => entry.device === device).map(({ wire }) => wire)
  }

  async startNode(): Promise<void> {
    if (this.host.isRunning) return
    this.trace.add('node starts')
    await this.host.start()
    this.#announced.clear()
    this.announceRights()
  }

  resumeNode(): void {
    this.host.resume()
    this.nodeLateUntilMs = this.time.nowMs + 500
  }

  /** The node is taken for dead: its connections break, and it does not know. */
  abandonNode(): void {
    const { process } = this.host
    this.host.pause()
    this.host.abandon()
    for (const { wire } of [...this.wires]) if (wire.node === process) wire.cut()
  }

  /** The app changes what a user may do, and tells the node until that has a seq. */
  changeRights(userId: string, membership: Membership): void {
    this.rights.change(userId, membership)
    this.#announced.delete(userId)
    this.announceRights()
  }

  announceRights(): void {
    const server = this.host.workspace(workspace)
    if (server === null) return
    for (const userId of this.rights.unannounced) {
      if (this.#announced.has(userId)) continue
      this.#announced.add(userId)
      server.accessChanged({ userId }).catch(() => this.#announced.delete(userId))
    }
  }

  async run(ms: number): Promise<void> {
    const untilMs = this.time.nowMs + ms
    await this.time.runUntil(untilMs, () => this.#stepped())
  }

  #forget(tab: SimTab): void {
    const at = this.tabs.indexOf(tab)
    if (at >= 0) this.tabs.splice(at, 1)
  }

  /** After each thing that happened. */
  #stepped(): void {
    if (this.failure !== null) throw this.failure
    this.sales.check()
    for (const { process, session } of this.#told.splice(0)) {
      const tab = this.tabs.find(each => each.process === process)
      if (tab === undefined || session.received === null) continue
      this.tabCheck.checkShown(tab)
      this.tabCheck.checkAt(tab, session.received)
    }
  }

  #dial(device: Device, process: Process, events: SocketEvents): ClientSocket {
    const node = this.host.process
    const session = new WireSession(device, this)
    const wire: Wire = new Wire(
      {
        time: this.time,
        client: process,
        node: node ?? process,
        latencyMs: () => 1 + Math.floor(this.#wireDice.fraction() * this.network.latencyMs),
        tap: {
          sentByClient: frame => this.#watch(() => session.sentByClient(frame)),
          receivedByNode: frame => this.#watch(() => session.receivedByNode(frame)),
          sentByNode: frame => this.#watch(() => session.sentByNode(frame)),
          receivedByClient: frame => {
            this.#watch(() => session.receivedByClient(frame))
            this.#told.push({ process, session })
          },
          closed: (by, code) => {
            this.trace.add(`${device.name} closed by ${by} ${code}`)
            this.tally.count(`closed: ${code}`)
            this.wires.delete(entry)
          },
        },
      },
      events,
    )
    const entry = { device, wire }
    this.wires.add(entry)
    this.time.after(1 + this.#wireDice.int(0, this.network.latencyMs), () => {
      if (node === null || this.host.process !== node) wire.refuse()
      else node.run(() => this.host.accept(wire, {}))
    })
    return wire.clientSocket
  }

  #watch(look: () => void): void {
    try {
      look()
    } catch (error) {
      this.fail(error)
    }
  }
}
