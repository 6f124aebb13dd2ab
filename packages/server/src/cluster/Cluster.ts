import type { Misplacement } from '../authority/Batch.js'
import { type Decided, rejected, type Task } from '../authority/Task.js'
import { type Bus, type BusSubscription, nodeNamed, wholeCluster } from '../bus/Bus.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { ClusterPicture, ShardClaim, ShardOwner } from '../store/ShardTable.js'
import type { Store } from '../store/Store.js'
import { type ClusterWord, decodeWord, encodeWord, type NodeWord } from './clusterMessage.js'
import { Forwarder, type Forwarding } from './Forwarder.js'
import { Heads } from './Heads.js'
import { NodePost } from './NodePost.js'
import type { Placement } from './Placement.js'
import { StoreContact } from './StoreContact.js'

/** What this node does itself. */
export interface ClusterEvents {
  /** Decide this here: the workspace is this node's. */
  decide(workspace: string, task: Task): void
  /** What server code asked for was decided elsewhere. */
  resolved(ticket: number, decided: Decided, seq: number): void
  misplaced(workspace: string, replica: string, code: Misplacement): void
  /** Shards are to be elsewhere, or came here. */
  moved(): void
  /** The store has these for this node's, and they are to be elsewhere: who claimed or gave them up did not hear of it. */
  overstayed(claims: readonly ShardClaim[]): void
  /** Too much waits here for the workspace's authority: what is forwarded is passed over, and comes again. */
  isFull(workspace: string): boolean
  /** The workspaces that somebody here watches. */
  watched(): readonly string[]
  /** Where the feed of one of them stands. */
  positionOf(workspace: string): number | undefined
  /** Changes up to this head did not come. */
  missing(workspace: string, head: number): void
}

export interface ClusterParts {
  readonly owner: ShardOwner
  readonly placement: Placement
  readonly store: Store
  readonly bus: Bus
  readonly scheduler: Scheduler
  readonly log: Log
  readonly metrics: Metrics
  readonly events: ClusterEvents
}

const beatMs = 1_000
/** How often suspicious heads are looked at, and the store is asked where the bus tells nothing. */
const lookMs = 250

/**
 * This node among the others: who is there, by the store; what is to be decided elsewhere; and what did not arrive.
 * Redis makes it fast, and is not needed for any of it to be right. [A6] [A13]
 */
export class Cluster {
  readonly #forwarder = new Forwarder()
  readonly #heads: Heads
  readonly #post: NodePost
  readonly #contact: StoreContact
  /** Who forwarded for a replica last. */
  readonly #originByReplica = new Map<string, string>()
  readonly #stops: (() => void)[] = []
  readonly #cancels = new Set<() => void>()
  #refreshing: Promise<void> | null = null
  #isStopped = false
  #isJoined = false

  constructor(private readonly parts: ClusterParts) {
    const { owner, events } = parts
    this.#contact = new StoreContact(owner.leaseMs, parts.scheduler.now())
    this.#heads = new Heads({ ...parts, ...events })
    this.#post = new NodePost({ ...parts, self: owner.node, received: word => this.#told(word) })
    this.#measure()
    parts.metrics.gauge('busUp', 1)
  }

  /** Whether the store tells this node who else is there: one alone asks nobody. */
  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Whether this node cannot serve, for want of its store. */
  get isCutOff(): boolean {
    return this.#isJoined && this.#contact.isLost(this.#now())
  }

  /** Others are told of this node, and it of them. Rejects if the store cannot be asked. */
  async join(): Promise<void> {
    const { bus, owner } = this.parts
    const own = bus.subscribe(nodeNamed(owner.node), bytes => this.#told(decodeWord<NodeWord>(bytes)))
    const all = bus.subscribe(wholeCluster, bytes => this.#heard(decodeWord<ClusterWord>(bytes)))
    const listening: readonly BusSubscription[] = [own, all]
    this.#stops.push(...listening.map(({ stop }) => stop))
    await Promise.all(listening.map(({ started }) => started))
    this.#isJoined = true
    const picture = await this.parts.store.renew(owner)
    this.#contact.renewed(this.#now())
    this.#pictured(picture)
    this.#stops.push(bus.watch(isUp => this.#busTurned(isUp)))
    this.#say({ node: owner.node, isLeaving: false, heads: [] })
    this.#beat()
    this.#look()
  }

  submit(workspace: string, task: Task): void {
    const { placement, events, scheduler } = this.parts
    if (placement.ownerOfWorkspace(workspace) === placement.self) events.decide(workspace, task)
    else if (task.kind === 'server' && task.work.kind === 'inline') events.resolved(task.ticket, notHere, 0)
    else this.#send(this.#forwarder.submitted(workspace, task, scheduler.now()))
  }

  /** Tasks that an authority here gave up with its shard. */
  displaced(workspace: string, tasks: readonly Task[]): void {
    for (const task of tasks) this.submit(workspace, task)
  }

  waitingCount(workspace: string): number {
    return this.#forwarder.waitingCount(workspace)
  }

  answered(workspace: string, replica: string, number: number): void {
    this.#forwarder.answered(workspace, replica, number, this.#now())
  }

  /** Nobody here waits for its answers. */
  forgotten(workspace: string, replica: string): void {
    this.#forwarder.forgotten(workspace, replica)
  }

  committed(workspace: string, head: number): void {
    if (this.#isJoined) this.#heads.committed(workspace, head)
  }

  /** As the owner: what another node's server code asked for is decided. */
  resolvedFor(node: string, workspace: string, ticket: number, decided: Decided, seq: number): void {
    this.#post.tell(node, { kind: 'resolved', workspace, ticket, decided, seq })
  }

  /** As the owner: the node that forwarded it is told. */
  misplaced(workspace: string, replica: string, code: Misplacement): void {
    const origin = this.#originByReplica.get(`${workspace} ${replica}`)
    if (origin !== undefined) this.#post.tell(origin, { kind: 'misplaced', workspace, replica, code })
  }

  /** From now on everything is to be decided elsewhere, if there is anybody. */
  leaving(): void {
    const { placement, owner } = this.parts
    if (!this.#isJoined) return
    if (placement.leaving(owner.node)) this.#moved()
    this.#say({ node: owner.node, isLeaving: true, heads: [] })
  }

  /** Says good-bye to the store; nothing is heard any more. */
  async leave(): Promise<void> {
    if (!this.#isJoined) return
    this.#isStopped = true
    this.#heads.stop()
    for (const cancel of this.#cancels) cancel()
    for (const stop of this.#stops) stop()
    await this.parts.store.leave(this.parts.owner.node).catch(() => undefined)
  }

  /** Every second: the lease, the others, and what was committed here. */
  #beat(): void {
    this.#after(beatMs, () => {
      if (this.isCutOff && this.#contact.failed(this.#now())) this.parts.log.error({}, storeIsAway)
      void this.#refresh()
      void this.#post.collect()
      this.#measure()
      this.#say({ node: this.parts.owner.node, isLeaving: false, heads: this.#heads.recent() })
      this.#beat()
    })
  }

  #look(): void {
    this.#after(lookMs, () => {
      for (const workspace of this.#forwarder.late(this.#now())) {
        // Where nobody watches nobody waits for answers: clients ask again when they return.
        if (this.parts.events.positionOf(workspace) === undefined) this.#forwarder.unwatched(workspace)
        this.#send(this.#forwarder.again(workspace, this.#now()))
      }
      this.#heads.check()
      if (this.#post.isInDoubt) {
        void this.#heads.poll()
        void this.#post.collect()
      }
      this.#look()
    })
  }

  /** One at a time: whoever asks meanwhile gets what is on its way. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#renew().finally(() => {
      this.#refreshing = null
      this.#measure()
    })
    return this.#refreshing
  }

  async #renew(): Promise<void> {
    const { store, owner, log } = this.parts
    try {
      const picture = await store.renew(owner)
      if (this.#isStopped) return
      const awayMs = this.#contact.renewed(this.#now())
      if (awayMs !== null) log.warn({ awayMs }, 'the store answers again')
      this.#pictured(picture)
    } catch (error) {
      if (!this.#isStopped && this.#contact.failed(this.#now())) log.error({ error }, storeIsAway)
    }
  }

  /** Who is there, by the store, and who has what. */
  #pictured({ nodes, shards }: ClusterPicture): void {
    const { placement, events } = this.parts
    const isMoved = placement.living(nodes.map(({ node }) => node))
    this.#post.others(placement.nodes.filter(node => node !== placement.self))
    if (isMoved) this.#moved()
    const overstayed = shards.filter(({ shard, node }) => node === placement.self && !placement.isOwn(shard))
    if (overstayed.length > 0) events.overstayed(overstayed)
  }

  #measure(): void {
    const { metrics, placement } = this.parts
    metrics.gauge('nodes', placement.nodes.length)
    metrics.gauge('shards', placement.ownCount)
    metrics.gauge('storeUp', this.isCutOff ? 0 : 1)
  }

  #moved(): void {
    const { placement, events, log } = this.parts
    log.info({ nodes: placement.nodes }, 'the nodes of the cluster are others now')
    this.#measure()
    events.moved()
    for (const workspace of this.#forwarder.workspaces) this.#sendAgain(workspace)
    // An owner that is gone may have committed what it did not live to tell.
    void this.#heads.poll()
  }

  #sendAgain(workspace: string): void {
    const { placement, events } = this.parts
    if (placement.ownerOfWorkspace(workspace) === placement.self) {
      for (const task of this.#forwarder.taken(workspace, this.#now())) events.decide(workspace, task)
    } else this.#send(this.#forwarder.again(workspace, this.#now()))
  }

  #send({ workspace, tasks }: Forwarding): void {
    const { placement, owner } = this.parts
    for (let at = 0; at < tasks.length; at += tasksPerWord) {
      const some = tasks.slice(at, at + tasksPerWord)
      this.#post.tell(placement.ownerOfWorkspace(workspace), {
        kind: 'forward',
        from: owner.node,
        workspace,
        tasks: some,
      })
    }
  }

  #told(word: NodeWord | null): void {
    const { placement, events } = this.parts
    if (word === null || this.#isStopped) return
    const { workspace } = word
    switch (word.kind) {
      case 'forward':
        if (placement.ownerOfWorkspace(workspace) === placement.self) this.#forwarded(word)
        else void this.#reconsider(word)
        break
      case 'resolved':
        this.#forwarder.resolved(workspace, word.ticket)
        events.resolved(word.ticket, word.decided, word.seq)
        break
      case 'misplaced':
        // Something before it may have been lost on the way.
        if (word.code === 'OUT_OF_ORDER' && this.#forwarder.mayTryAgain(workspace, word.replica))
          this.#sendAgain(workspace)
        else events.misplaced(workspace, word.replica, word.code)
    }
  }

  #forwarded({ workspace, from, tasks }: Extract<NodeWord, { kind: 'forward' }>): void {
    const { events } = this.parts
    if (events.isFull(workspace)) return
    for (const task of tasks) {
      if (task.kind === 'replica') this.#rememberOrigin(`${workspace} ${task.replica}`, from)
      events.decide(workspace, task.kind === 'server' ? { ...task, origin: from } : task)
    }
  }

  /** The sender may have heard earlier than this node of who came or went. If not, it will, and sends it elsewhere. */
  async #reconsider(word: Extract<NodeWord, { kind: 'forward' }>): Promise<void> {
    const { placement } = this.parts
    await this.#refresh()
    if (!this.#isStopped && placement.ownerOfWorkspace(word.workspace) === placement.self) this.#forwarded(word)
  }

  #heard(word: ClusterWord | null): void {
    const { placement, owner } = this.parts
    if (word === null || word.node === owner.node || this.#isStopped) return
    this.#post.heard(word.node)
    if (word.isLeaving) {
      if (placement.leaving(word.node)) this.#moved()
      return
    }
    if (!placement.nodes.includes(word.node)) void this.#refresh()
    for (const [workspace, head] of word.heads) this.#heads.seen(workspace, head)
  }

  #busTurned(isUp: boolean): void {
    this.parts.metrics.gauge('busUp', isUp ? 1 : 0)
    if (this.#post.busTurned(isUp)) {
      void this.#heads.poll()
      for (const workspace of this.#forwarder.workspaces) this.#sendAgain(workspace)
    }
  }

  #rememberOrigin(key: string, node: string): void {
    this.#originByReplica.delete(key)
    this.#originByReplica.set(key, node)
    if (this.#originByReplica.size > maxOrigins)
      this.#originByReplica.delete(this.#originByReplica.keys().next().value as string)
  }

  #say(word: ClusterWord): void {
    this.parts.bus.publish(wholeCluster, encodeWord(word))
  }

  #after(ms: number, fn: () => void): void {
    const cancel = this.parts.scheduler.after(ms, () => {
      this.#cancels.delete(cancel)
      if (!this.#isStopped) fn()
    })
    this.#cancels.add(cancel)
  }

  #now(): number {
    return this.parts.scheduler.now()
  }
}

const maxOrigins = 100_000
const tasksPerWord = 200

const storeIsAway =
  'The store cannot be reached: what people write waits in their outboxes, nothing new is read, and /readyz says no. It is asked every second.'

/** A function cannot be sent to another node. */
const notHere = rejected(
  'NOT_OWNER',
  'The workspace is at another node now, and this transaction is a function of this process. Make it a command and run that.',
)
