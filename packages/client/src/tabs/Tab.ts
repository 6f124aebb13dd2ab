import { randomId, type ShownPresence } from '@tidemark/core'
import type { RejectionInbox } from '../outbox/Inbox.js'
import type { ReplicaHome } from '../platform/Platform.js'
import type { Delta } from '../replica/Delta.js'
import type { Wanted } from '../replica/Wanted.js'
import type { Connection } from '../session/ClientSession.js'
import type { OutboxEntry, ReplicaMeta, StoredReplica } from '../storage/ReplicaStorage.js'
import { Follower } from './Follower.js'
import { Followers } from './Followers.js'
import { Leader, type LeaderParts } from './Leader.js'
import { StoredCopy } from './StoredCopy.js'
import type { SessionState, TabMessage } from './TabMessage.js'
import { ownTab } from './Wants.js'

export interface TabParts extends Omit<LeaderParts, 'storage'> {
  readonly home: ReplicaHome
  readonly inbox: RejectionInbox
  /** What the screens of this tab want. */
  wanted(): readonly Wanted[]
}

export interface TabEvents {
  /** A message of the node was applied: its events and bodies are for whoever listens here. */
  applied(delta: Delta): void
  /** A message is stored: named listeners are told now. */
  stored(delta: Delta): void
  /** Another tab wrote these. */
  heard(entries: readonly OutboxEntry[]): void
  /** Connection, leadership, inbox: the status may be another. */
  moved(): void
  /** Someone shows something: who, the node says; null: another tab of this browser. */
  presence(scope: string, state: Uint8Array, userId: string | null): void
  /** Another tab signed the user out. */
  signedOut(): void
}

/**
 *   new ──open──► opening ──► following ──leadership──► leading ──► closed
 *                       └──────────leadership──────────────►
 *
 * This tab's part in its replica: it leads, with the connection, or it follows the one that does.
 */
type State =
  | { readonly kind: 'new' | 'opening' | 'closed' }
  | { readonly kind: 'following'; readonly follower: Follower }
  | { readonly kind: 'leading'; readonly leader: Leader; readonly followers: Followers }

export class Tab {
  readonly #parts: TabParts
  readonly #events: TabEvents
  readonly #id: string
  readonly #copy: StoredCopy
  #state: State = { kind: 'new' }
  #durability: StoredReplica['durability'] = 'memory'
  #isConnecting = true
  #cancelRollCall: (() => void) | null = null

  constructor(parts: TabParts, events: TabEvents) {
    this.#parts = parts
    this.#events = events
    this.#id = randomId(parts.platform.random)
    this.#copy = new StoredCopy(parts.home.storage, parts, ({ delta, version }) => {
      if (this.#state.kind === 'following') this.#state.follower.stored(delta, version)
      events.applied(delta)
      events.stored(delta)
      events.moved()
    })
  }

  get connection(): Connection {
    switch (this.#state.kind) {
      case 'leading':
        return this.#state.leader.connection
      case 'following':
        return this.#state.follower.session.connection
      case 'closed':
        return 'closed'
      default:
        return this.#isConnecting ? 'connecting' : 'offline'
    }
  }

  get refusal() {
    return this.#state.kind === 'leading' ? this.#state.leader.refusal : null
  }

  get node(): string | null {
    return this.#session.node
  }

  get isCurrent(): boolean {
    return this.#session.isCurrent
  }

  get caughtUpAt(): number | null {
    return this.#session.caughtUpAt
  }

  get isLeading(): boolean {
    return this.#state.kind === 'leading'
  }

  get durability(): StoredReplica['durability'] {
    return this.#durability
  }

  /** Reads the storage, and leads or follows from then on. Resolves when the replica is open. */
  async open(): Promise<void> {
    if (this.#state.kind !== 'new') return
    this.#state = { kind: 'opening' }
    const { home } = this.#parts
    home.channel?.receive(message => this.#heard(message as TabMessage))
    const stored = await home.storage.open()
    if (this.#isClosed) return
    this.#durability = stored.durability
    this.#copy.open(stored)
    home.leadership.request(() => void this.#lead(stored))
    // `request` may have called back at once.
    if ((this.#state as State).kind === 'opening') this.#follow()
  }

  connect(): void {
    this.#isConnecting = true
    if (this.#state.kind === 'leading') this.#state.leader.connect()
    else if (this.#state.kind === 'following') this.#post({ kind: 'online', isWanted: true })
  }

  disconnect(): void {
    this.#isConnecting = false
    if (this.#state.kind === 'leading') this.#state.leader.disconnect()
    else if (this.#state.kind === 'following') this.#post({ kind: 'online', isWanted: false })
  }

  want(wanted: Wanted): void {
    if (this.#state.kind === 'leading') this.#state.leader.want(ownTab, wanted)
    else if (this.#state.kind === 'following') this.#state.follower.want(wanted)
  }

  unwant(key: string): void {
    if (this.#state.kind === 'leading') this.#state.leader.unwant(ownTab, key)
    else if (this.#state.kind === 'following') this.#state.follower.unwant(key)
  }

  /** Entries of this tab are in the storage. */
  stored(entries: readonly OutboxEntry[]): void {
    this.#post({ kind: 'entries', entries })
    if (this.#state.kind === 'leading') this.#state.leader.numbered()
  }

  /** How far a named listener was told; undefined: it is new. */
  positionOf(name: string): number | undefined {
    return this.#copy.positionOf(name)
  }

  keepPosition(name: string, cursor: number): void {
    this.#copy.keepPosition(name, cursor)
    if (this.#state.kind === 'leading') this.#state.leader.keepPosition(name, cursor)
    else this.#post({ kind: 'told', name, cursor })
  }

  acknowledged(writeId: string): void {
    this.#post({ kind: 'acknowledged', writeId })
  }

  sendPresence(scope: string, state: Uint8Array): void {
    this.#post({ kind: 'presence', scope, state, userId: null })
    if (this.#state.kind === 'leading') this.#state.leader.sendPresence(scope, state)
  }

  async close(): Promise<void> {
    const state = this.#state
    if (state.kind === 'closed') return
    this.#state = { kind: 'closed' }
    this.#cancelRollCall?.()
    if (state.kind === 'leading') await state.leader.stop()
    if (state.kind === 'following') this.#post({ kind: 'leaves', tab: this.#id })
    this.#parts.home.leadership.release()
    this.#parts.home.channel?.close()
  }

  /** Tells the other tabs that the replica goes away. */
  signOut(): void {
    this.#post({ kind: 'signedOut' })
  }

  get #isClosed(): boolean {
    return this.#state.kind === 'closed'
  }

  get #session(): SessionState {
    if (this.#state.kind === 'following') return this.#state.follower.session
    const leader = this.#state.kind === 'leading' ? this.#state.leader : null
    return {
      connection: this.connection,
      node: leader?.node ?? null,
      live: leader?.storedLiveKeys ?? [],
      isCurrent: leader?.isCurrent ?? false,
      caughtUpAt: leader?.caughtUpAt ?? null,
    }
  }

  #follow(): void {
    const { replica, home } = this.#parts
    const follower = new Follower(this.#id, { replica, storage: home.storage }, message => this.#post(message))
    this.#state = { kind: 'following', follower }
    for (const wanted of this.#parts.wanted()) follower.want(wanted)
    this.#events.moved()
  }

  async #lead(opened: StoredReplica): Promise<void> {
    if (this.#isClosed) return
    // The tab that led may have stored what it did not live to tell.
    const meta = this.#state.kind === 'following' ? await this.#reread() : opened.meta
    if (this.#isClosed) return
    const { home, outbox, outboxRunner, replica } = this.#parts
    const leader = new Leader({ ...this.#parts, storage: home.storage, outbox, outboxRunner, replica }, meta, {
      applied: delta => {
        if (delta.subscriptions.length > 0) this.#tellSession()
        this.#events.applied(delta)
      },
      stored: (delta, version) => {
        this.#copy.stored({ delta, version })
        this.#post({ kind: 'stored', delta, version })
        // What it made live may have been asked for again.
        this.#tellSession()
        this.#events.stored(delta)
      },
      moved: () => this.#moved(),
      presence: message => this.#presence(message),
      renewed: async () => {
        await this.#reread()
        this.#post({ kind: 'renewed' })
      },
    })
    this.#state = { kind: 'leading', leader, followers: new Followers(leader) }
    for (const wanted of this.#parts.wanted()) leader.want(ownTab, wanted)
    this.#post({ kind: 'leads', version: this.#copy.version })
    this.#callRoll()
    if (this.#isConnecting) leader.connect()
    this.#moved()
  }

  async #reread(): Promise<ReplicaMeta> {
    const meta = await this.#copy.reread()
    if (this.#state.kind === 'following') this.#state.follower.announce()
    return meta
  }

  #heard(message: TabMessage): void {
    if (this.#isClosed) return
    const { outboxRunner, inbox } = this.#parts
    switch (message.kind) {
      case 'entries':
        outboxRunner.heard(message.entries)
        this.#events.heard(message.entries)
        if (this.#state.kind === 'leading') this.#state.leader.numbered()
        this.#events.moved()
        break
      case 'told':
        if (this.#state.kind === 'leading') this.#state.leader.keepPosition(message.name, message.cursor)
        break
      case 'acknowledged':
        inbox.remove(message.writeId)
        this.#events.moved()
        break
      case 'signedOut':
        this.#events.signedOut()
        break
      case 'presence':
        if (message.userId === null && this.#state.kind === 'leading') {
          this.#state.leader.sendPresence(message.scope, message.state)
        }
        this.#events.presence(message.scope, message.state, message.userId)
        break
      case 'stored':
        if (this.#state.kind !== 'following') break
        // A version that was skipped was stored and not told.
        if (this.#copy.lacks(message.version - 1)) void this.#reread().then(() => this.#events.moved())
        this.#copy.heard(message)
        break
      case 'session':
        if (this.#state.kind === 'following') this.#state.follower.heard(message.state)
        this.#events.moved()
        break
      case 'leads':
        if (this.#state.kind !== 'following') break
        if (this.#copy.lacks(message.version)) void this.#reread().then(() => this.#events.moved())
        else this.#state.follower.announce()
        break
      case 'renewed':
        void this.#reread().then(() => this.#events.moved())
        break
      case 'online':
        this.#isConnecting = message.isWanted
        if (this.#state.kind !== 'leading') break
        if (message.isWanted) this.#state.leader.connect()
        else this.#state.leader.disconnect()
        break
      case 'follows':
      case 'wants':
      case 'drops':
      case 'leaves':
        if (this.#state.kind !== 'leading') break
        this.#state.followers.heard(message)
        if (message.kind === 'follows') this.#tellSession()
    }
  }

  #presence({ scope, state, userId }: ShownPresence): void {
    this.#post({ kind: 'presence', scope, state, userId })
    this.#events.presence(scope, state, userId)
  }

  #moved(): void {
    this.#tellSession()
    this.#events.moved()
  }

  #tellSession(): void {
    if (this.#state.kind === 'leading' && !this.#state.followers.isEmpty)
      this.#post({ kind: 'session', state: this.#session })
  }

  /** Now and then: who is there, and what need not be kept. */
  #callRoll(): void {
    this.#cancelRollCall = this.#parts.platform.clock.after(rollCallMs, () => {
      if (this.#state.kind !== 'leading') return
      const { leader, followers } = this.#state
      followers.called()
      if (!followers.isEmpty) this.#post({ kind: 'leads', version: this.#copy.version })
      // What cannot be read now is tidied up another time.
      leader.tidy().catch(() => undefined)
      this.#callRoll()
    })
  }

  /** A closed tab still says what it does on its way out. */
  #post(message: TabMessage): void {
    if (!this.#isClosed || lastWords.has(message.kind)) this.#parts.home.channel?.post(message)
  }
}

const lastWords: ReadonlySet<TabMessage['kind']> = new Set(['stored', 'leaves', 'signedOut'])

const rollCallMs = 30_000
