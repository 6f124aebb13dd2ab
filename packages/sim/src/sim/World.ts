import type { ClientSocket, SocketEvents } from '@tidemark/client/testing'
import { TidemarkError } from '@tidemark/core'
import type { NodeCore, NodeWorkspace, WorkspaceCommit } from '@tidemark/server/testing'
import { Effects } from './check/Effects.js'
import { Listening } from './check/Listening.js'
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
import { DiskWitness } from './node/DiskWitness.js'
import { History } from './node/History.js'
import { simLimits } from './node/limits.js'
import type { NodeHost } from './node/NodeHost.js'
import { Nodes } from './node/Nodes.js'
import { Books } from './workload/Books.js'
import { commands } from './workload/commands.js'
import { type Membership, Rights, rules } from './workload/Rights.js'
import { oldSchema, schema } from './workload/schema.js'
import { Tokens } from './workload/Tokens.js'
import type { Workload } from './workload/Workload.js'
import { Dice } from './world/Dice.js'
import type { Process } from './world/Process.js'
import { Tally } from './world/Tally.js'
import { Trace } from './world/Trace.js'
import { Violation } from './world/Violation.js'
import { VirtualTime } from './world/VirtualTime.js'

export const workspace = 'acme'
const startMs = 1_750_000_000_000
/** The longest that a healthy world takes for one thing: a lease that is waited for, and more. */
const beginMs = 60_000

/** How the network does at the moment. */
export interface NetworkWeather {
  latencyMs: number
}

export interface WorldOptions {
  readonly seed: number
  /** How many machines run nodes. */
  readonly nodeCount: number
  readonly members: ReadonlyMap<string, Membership>
  readonly mutant?: Mutant | undefined
  readonly print?: ((line: string) => void) | undefined
}

/** One simulated world: nodes, devices with tabs, the wires between, and those who look on. All of it follows from the seed. */
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
  readonly nodes: Nodes
  readonly books: Books
  readonly listening: Listening
  readonly storageWitness: StorageWitness
  readonly receipts: Receipts
  readonly tabCheck: TabCheck
  readonly replicaCheck: ReplicaCheck
  readonly network: NetworkWeather = { latencyMs: 20 }
  readonly devices: Device[] = []
  readonly tabs: SimTab[] = []
  readonly wires = new Set<{ readonly device: Device; readonly wire: Wire }>()
  workload: Workload | null = null
  /** Whose tokens the app does not take at the moment. */
  readonly refusedUsers = new Set<string>()
  /** Where the access entry of a user whose rights changed was asked for. */
  readonly #announcedAt = new Map<string, Process>()
  failure: unknown = null
  readonly #wireDice: Dice
  /** Tabs that have just been told something. */
  readonly #told: { readonly process: Process; readonly session: WireSession }[] = []

  constructor(private readonly options: WorldOptions) {
    const { seed, nodeCount, members, mutant, print } = options
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
    const committed = (part: WorkspaceCommit) => {
      if (part.workspace === workspace) return this.history.committed(part)
      this.books.committed(part)
      this.listening.committed(part)
    }
    this.nodes = new Nodes({
      seed,
      count: nodeCount,
      time: this.time,
      tally: this.tally,
      witness: new DiskWitness(committed),
      limits: simLimits,
      schema,
      commands,
      rules,
      userOf: token => {
        const userId = token ?? ''
        if (this.refusedUsers.has(userId)) throw new TidemarkError('UNAUTHORIZED')
        return { userId, membership: this.rights.now(userId) } as { readonly userId: string }
      },
      started: (process, core) => this.#nodeStarted(process, core),
      failed,
      wrapDisk: mutant?.wrapDisk,
      wrapStore: mutant?.wrapStore,
    })
    this.books = new Books(this.nodes, new Dice(seed, 'books'), this.tally, failed)
    this.listening = new Listening(this.books, this.tally, failed)
  }

  nowMs(): number {
    return this.time.nowMs
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

  async startNodes(): Promise<void> {
    await this.until(Promise.all(this.nodes.hosts.map(host => this.startNode(host))))
  }

  async startNode(host: NodeHost): Promise<void> {
    if (host.isOn) return
    this.trace.add(`node starts on ${host.name}`)
    await host.start()
  }

  /** The node is taken for dead: its connections break, and it does not know. */
  abandonNode(host: NodeHost): void {
    const { process } = host
    host.pause()
    host.abandon()
    for (const { wire } of [...this.wires]) if (wire.node === process) wire.cut()
  }

  /** Server code's hands in the workspace, at whatever node runs. */
  serverCode(name: string): NodeWorkspace | null {
    const { running } = this.nodes
    return running.length === 0 ? null : this.dice.pick(running).workspace(name)
  }

  /** The app changes what a user may do, and tells Tidemark until that has a seq. */
  changeRights(userId: string, membership: Membership): void {
    this.rights.change(userId, membership)
    this.#announcedAt.delete(userId)
    this.announceRights()
  }

  announceRights(): void {
    for (const userId of this.rights.unannounced) {
      const { running } = this.nodes
      if (this.#announcedAt.get(userId)?.isAlive || running.length === 0) continue
      const host = this.dice.pick(running)
      this.#announcedAt.set(userId, host.process as Process)
      host
        .workspace(workspace)
        ?.accessChanged({ userId })
        .catch(() => this.#announcedAt.delete(userId))
    }
  }

  /** Lets time pass until that is done; it has to be by then. */
  async until(done: Promise<unknown>, mostMs = beginMs, promise = 'L1'): Promise<void> {
    const untilMs = this.time.nowMs + mostMs
    let isDone = false
    const ended = () => {
      isDone = true
    }
    done.then(ended, ended)
    await this.run(0)
    while (!isDone && this.time.nowMs <= untilMs) await this.run(20)
    if (!isDone) throw new Violation(promise, `what was asked for is not done after ${mostMs} ms`)
    await done
  }

  async run(ms: number): Promise<void> {
    const untilMs = this.time.nowMs + ms
    await this.time.runUntil(untilMs, () => this.#stepped())
  }

  #nodeStarted(process: Process, core: NodeCore): void {
    this.trace.add(`node ${core.placement.self} is up`)
    if (this.nodes.isCluster) this.listening.start(process, core)
    this.announceRights()
    process.ended(() => this.announceRights())
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

  /** A balancer that does not know yet who has died just now. */
  #hostFor(): NodeHost | undefined {
    const { hosts, running } = this.nodes
    return this.#wireDice.pick(running.length === 0 || this.#wireDice.chance(0.1) ? hosts : running)
  }

  #dial(device: Device, process: Process, events: SocketEvents): ClientSocket {
    const host = this.#hostFor()
    const node = host?.process ?? null
    const session = new WireSession(device, this, host)
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
      if (node === null || host?.process !== node) wire.refuse()
      else node.run(() => host.accept(wire, {}))
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
