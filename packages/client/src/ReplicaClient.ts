import {
  type AnyCollection,
  checkId,
  type InsertReceipt,
  type Receipt,
  type SchemaModel,
  schemaModelOf,
  schemaTableOf,
  TidemarkError,
} from '@tidemark/core'
import { BodyDocs } from './bodies/BodyDocs.js'
import type { ChangesOptions, Client, ClientOptions, ReadOptions } from './Client.js'
import { clientLimitsFrom } from './ClientLimits.js'
import type { LiveStore } from './LiveState.js'
import { RejectionInbox } from './outbox/Inbox.js'
import { Outbox } from './outbox/Outbox.js'
import { OutboxRunner } from './outbox/OutboxRunner.js'
import { Receipts } from './outbox/Receipts.js'
import { mustModel, Writes } from './outbox/Writes.js'
import type { Platform, ReplicaHome } from './platform/Platform.js'
import { PresenceRooms } from './presence/PresenceRooms.js'
import { awaitStore } from './query/awaitStore.js'
import { Changes } from './query/Changes.js'
import { failedCount, failedList, failedRecord, storeOrFailure } from './query/failedStores.js'
import { Hydration } from './query/Hydration.js'
import { ListStore } from './query/ListStore.js'
import { Prefetch } from './query/Prefetch.js'
import { OutboxStore, RejectionsStore, StatusStore } from './query/StatusStores.js'
import { Stores } from './query/Stores.js'
import { targetWatches } from './query/targetWatches.js'
import { Waiters } from './query/Waiters.js'
import { recordWatch } from './query/Watch.js'
import { Watchlist } from './query/Watchlist.js'
import { Replica, type ReplicaStep } from './replica/Replica.js'
import { ReplicaBodies } from './replica/ReplicaBodies.js'
import type { Snapshot } from './Snapshot.js'
import { isReachable } from './session/isReachable.js'
import { Tab } from './tabs/Tab.js'
import { type UndoPort, type UndoRecorder, undoPort } from './undo/UndoPort.js'

// biome-ignore lint/suspicious/noExplicitAny: the public types are those of Client; in here all collections are alike
type Any = any

/**
 * The client, put together: replica, outbox, stores, tab. Inert until something is read, written or shown, or `connect`
 * is called.
 */
export class ReplicaClient implements Client {
  readonly status: StatusStore
  readonly outbox: OutboxStore
  readonly rejections: RejectionsStore
  readonly [undoPort]: UndoPort
  readonly #schema: SchemaModel
  readonly #replica: Replica
  readonly #receipts: Receipts
  readonly #writes: Writes
  readonly #outbox: Outbox
  readonly #outboxRunner: OutboxRunner
  readonly #inbox = new RejectionInbox()
  readonly #home: ReplicaHome
  readonly #tab: Tab
  readonly #watchlist: Watchlist
  readonly #stores: Stores
  readonly #changes: Changes
  readonly #hydration = new Hydration()
  readonly #bodies: ReplicaBodies
  readonly #docs: BodyDocs
  readonly #presence: PresenceRooms
  readonly #waiters = new Waiters()
  readonly #prefetch: Prefetch
  #recorder: UndoRecorder | null = null
  #opening: Promise<void> | null = null
  #isConnectWanted = true
  #isClosed = false
  /** As the screens last heard it. */
  #connection = ''

  constructor(options: ClientOptions, platform: Platform) {
    this.#schema = schemaModelOf(options.schema)
    const { clock, random, isDevelopment } = platform
    const { url, workspace, userId, auth = () => null, commands = [], limits } = options
    this.#home = platform.openHome({ url, workspace, userId })
    const { storage } = this.#home
    this.#replica = new Replica({ schema: this.#schema, commands, userId, isDevelopment }, step => this.#stepped(step))
    const { outboxBytes, undoSteps } = clientLimitsFrom(limits)
    this.#outbox = new Outbox(this.#schema, outboxBytes)
    this.#receipts = new Receipts(
      writeId => this.#outboxRunner.cancel(writeId),
      writeId => this.#acknowledge(writeId),
    )
    this.#outboxRunner = new OutboxRunner(
      { outbox: this.#outbox, receipts: this.#receipts, storage, clock, random },
      {
        show: changes => {
          this.#replica.write(changes)
          this.#moved()
        },
        stored: entries => this.#tab.stored(entries),
        settled: settled => this.#recorder?.answered(settled),
      },
    )
    this.#writes = new Writes(
      { schema: this.#schema, commands, userId, replica: this.#replica, runner: this.#outboxRunner, clock },
      () => {
        if (this.#isClosed) throw new TidemarkError('CLOSED')
        this.#opened(() => undefined)
      },
    )
    this.#watchlist = new Watchlist(clock, {
      want: wanted => this.#opened(() => this.#tab.want(wanted)),
      unwant: key => this.#tab.unwant(key),
    })
    this.#tab = new Tab(
      {
        home: this.#home,
        platform,
        replica: this.#replica,
        outbox: this.#outbox,
        outboxRunner: this.#outboxRunner,
        inbox: this.#inbox,
        schema: this.#schema,
        table: schemaTableOf(this.#schema),
        url,
        workspace,
        userId,
        auth,
        wanted: () => this.#watchlist.wanted,
      },
      {
        applied: delta => {
          this.#inbox.add(delta.rejections)
          this.#bodies.applied(delta)
          this.#changes.applied(delta.events)
          this.#moved()
        },
        stored: delta => this.#changes.stored(delta),
        heard: entries => this.#bodies.heard(entries),
        moved: () => this.#moved(),
        presence: (scope, state, userId) => {
          if (!this.#bodies.presence(scope, state)) this.#presence.received(scope, state, userId)
        },
        signedOut: () => void this.close().then(() => this.#forget()),
      },
    )
    this.#bodies = new ReplicaBodies({
      replica: this.#replica,
      outbox: this.#outbox,
      outboxRunner: this.#outboxRunner,
      storage,
      watchlist: this.#watchlist,
      schema: this.#schema,
      opened: () => this.#open(),
      isOffline: () => !isReachable(this.#tab.connection),
      sendPresence: (scope, state) => this.#tab.sendPresence(scope, state),
    })
    this.#docs = new BodyDocs({ source: this.#bodies, clock, random })
    this.#presence = new PresenceRooms({
      clock,
      random,
      userId,
      schema: this.#schema,
      send: (scope, state) => this.#tab.sendPresence(scope, state),
      watch: ({ collection, id }) =>
        this.#watchlist.add(recordWatch(collection, id), { limit: null, hasListeners: false }).end,
      isInSight: ({ collection, id }) => {
        const { key } = recordWatch(collection, id)
        const { confirmed } = this.#replica
        return this.#tab.connection !== 'online' || (confirmed.isLive(key) && confirmed.refsOf(key).size > 0)
      },
    })
    this.#changes = new Changes(this.#schema, this.#watchlist, {
      opened: then => this.#opened(then),
      nameLock: name => this.#home.nameLock(name),
      positionOf: name => this.#tab.positionOf(name),
      keepPosition: (name, cursor) => this.#tab.keepPosition(name, cursor),
      cursorOf: key => this.#replica.confirmed.subscription(key)?.cursor,
    })
    this.#prefetch = new Prefetch({
      schema: this.#schema,
      replica: this.#replica,
      watchlist: this.#watchlist,
      waiters: this.#waiters,
      isReachable: () => isReachable(this.#tab.connection),
    })
    const tab = this.#tab
    const world = {
      replica: this.#replica,
      seeds: this.#hydration,
      get connection() {
        return tab.connection
      },
      get refusal() {
        return tab.refusal
      },
    }
    this.#stores = new Stores(world, this.#schema, this.#watchlist, clock, () => this.connect())
    this.status = new StatusStore(tab, this.#outbox, this.#inbox)
    this.outbox = new OutboxStore(this.#outbox, writeId => this.#outboxRunner.receipt(writeId))
    this.rejections = new RejectionsStore(
      this.#inbox,
      writeId => this.#acknowledge(writeId),
      writeId => this.#retry(writeId),
    )
    for (const store of [this.status, this.outbox, this.rejections]) store.onMount = () => this.#opened(() => undefined)
    this[undoPort] = {
      clock,
      maxSteps: undoSteps,
      isOpen: collection => this.#schema.collectionByName.get(collection)?.open === true,
      write: (collection, id, patch) => this.#writes.update(collection, id, patch),
      record: recorder => {
        this.#recorder = recorder
        this.#docs.follow(copy => recorder.opened(copy))
      },
    }
  }

  get(collection: Any, id: string, options: ReadOptions = {}): Promise<Any> {
    return this.#answerOf(this.liveRecord(collection, id), options)
  }

  list(collection: Any, query: object, options: ReadOptions = {}): Promise<Any> {
    return this.#answerOf(this.liveList(collection, query), options)
  }

  liveRecord(collection: Any, id: string): LiveStore<Any> {
    const actions = {
      update: (patch: object) => this.update(collection, id, patch),
      remove: () => this.remove(collection, id),
      retry: () => this.connect(),
    }
    return storeOrFailure(
      () => this.#stores.record(collection.name, checkId(id), actions),
      error => failedRecord(error, actions),
    )
  }

  liveList(collection: Any, query: object): LiveStore<Any> {
    return storeOrFailure(() => this.#stores.list(collection.name, query), failedList)
  }

  liveCount(collection: Any, where: object): LiveStore<Any> {
    return storeOrFailure(() => this.#stores.count(collection.name, where), failedCount)
  }

  hydrate(snapshot: Snapshot): void {
    this.#hydration.take(snapshot)
  }

  insert(collection: Any, row: object): InsertReceipt {
    return this.#writes.insert(collection, row)
  }

  upsert(collection: Any, id: string, row: object): Receipt {
    return this.#recorded(collection, id, row, () => this.#writes.upsert(collection, id, row))
  }

  update(collection: Any, id: string, patch: object): Receipt {
    return this.#recorded(collection, id, patch, () => this.#writes.update(collection, id, patch))
  }

  remove(collection: AnyCollection, id: string): Receipt {
    return this.#writes.remove(collection, id)
  }

  batch(write: (tx: Any) => void): Receipt {
    return this.#writes.batch(write)
  }

  run(command: Any, input: unknown): Receipt<Any, Any> {
    return this.#writes.run(command, input)
  }

  async prefetch(targets: readonly Any[], options: { readonly bodies?: boolean } = {}): Promise<void> {
    await this.#open()
    await this.#prefetch.bring(targets, options.bodies === true)
  }

  changes(of: Any): { subscribe(listener: (change: Any) => void, options?: ChangesOptions): () => void } {
    const targets = targetWatches(this.#schema, of)
    return { subscribe: (listener, options) => this.#changes.subscribe(targets, listener, options) }
  }

  text(collection: Any, id: string, field: string): LiveStore<Any> {
    const kind = mustModel(this.#schema, collection).fieldByName.get(field)?.kind
    if (kind === 'text') return this.#docs.text(collection.name, checkId(id), field)
    if (kind === 'richText') return this.#docs.richText(collection.name, checkId(id), field)
    throw new TidemarkError('INVALID', `${collection.name} has no text field "${field}".`)
  }

  doc(collection: Any, id: string): LiveStore<Any> {
    return this.#docs.doc(mustModel(this.#schema, collection).name, checkId(id))
  }

  presence(scope: Any): Any {
    return this.#presence.room(scope, () => this.#opened(() => undefined))
  }

  connect(): void {
    this.#isConnectWanted = true
    if (this.#isClosed) return
    this.#opened(() => {
      if (this.#isConnectWanted && !this.#isClosed) this.#tab.connect()
    })
  }

  disconnect(): void {
    this.#isConnectWanted = false
    this.#tab.disconnect()
    this.#moved()
  }

  async settled(): Promise<void> {
    await this.#open()
    await this.#waiters.until(() => this.#isSettled)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#end()
    if (this.#opening) {
      await this.#opening.catch(() => undefined)
      await this.#outboxRunner.idle()
      await this.#tab.close()
      this.#changes.close()
      await this.#home.storage.close()
    }
    this.#moved()
  }

  async signOut({ unsent }: { readonly unsent: 'keep' | 'discard' }): Promise<void> {
    if (unsent === 'keep') return this.close()
    await this.#open()
    this.#end()
    this.#tab.signOut()
    await this.#tab.close()
    this.#changes.close()
    await this.#home.storage.destroy()
    this.#forget()
  }

  #recorded(collection: AnyCollection, id: string, patch: object, write: () => Receipt): Receipt {
    return this.#recorder?.update(collection, id, patch, write) ?? write()
  }

  /** Nothing is shown or written from here on; what was typed last is on its way to the outbox. */
  #end(): void {
    this.#docs.close()
    this.#recorder?.closed()
    this.#isClosed = true
    this.#presence.close()
    this.#watchlist.close()
    this.#stores.close()
  }

  /** The user's replica is gone: nothing of it is shown or waits in here either. */
  #forget(): void {
    this.#inbox.open([])
    this.#replica.forget(this.#outbox.clear())
    this.#receipts.cancelAll()
    this.#moved()
  }

  /** Opens the replica at first use, and connects unless the app went offline on purpose. */
  #open(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new TidemarkError('CLOSED'))
    this.#opening ??= this.#tab.open().then(
      () => {
        if (this.#isConnectWanted) this.#tab.connect()
      },
      error => {
        this.#outboxRunner.fail(error)
        throw error
      },
    )
    return this.#opening
  }

  /** Does it once the replica is open; where that fails, whoever waits for a write or a read is told. */
  #opened(then: () => void): void {
    if (!this.#isClosed) this.#open().then(then, () => undefined)
  }

  #retry(writeId: string): Receipt<Any, Any> {
    const rejection = this.#inbox.get(writeId)
    if (rejection === undefined) throw new TidemarkError('NOT_FOUND', 'This rejection is no longer in the inbox.')
    const receipt = this.#writes.again(rejection.entry.mutation)
    this.#acknowledge(writeId)
    return receipt
  }

  #acknowledge(writeId: string): void {
    if (!this.#inbox.remove(writeId)) return
    this.#opened(() => this.#home.storage.acknowledge(writeId).catch(() => undefined))
    this.#tab.acknowledged(writeId)
    this.#moved()
  }

  async #answerOf(store: LiveStore<Any>, { until }: ReadOptions): Promise<Any> {
    const tab = this.#tab
    const stored = () =>
      store instanceof ListStore ? this.#replica.confirmed.subscription(store.watch.key) : undefined
    const world = {
      get connection() {
        return tab.connection
      },
      wasCurrent: () => (stored()?.viewHash ?? '') !== '',
    }
    const { data } = await awaitStore(store, until, world)
    return data
  }

  #stepped(step: ReplicaStep): void {
    this.#stores.stepped(step)
    this.#bodies.stepped()
    this.#presence.looked()
    this.#waiters.look()
  }

  #moved(): void {
    if (this.#connection !== this.#tab.connection) {
      this.#connection = this.#tab.connection
      this.#stores.moved()
      this.#bodies.moved()
      this.#presence.connected(this.#connection === 'online')
    }
    for (const store of [this.status, this.outbox, this.rejections]) store.refresh()
    this.#waiters.look()
  }

  get #isSettled(): boolean {
    const { confirmed } = this.#replica
    if (this.#outbox.size > 0 || this.#tab.connection !== 'online') return false
    return this.#watchlist.wanted.every(({ watch }) => confirmed.isLive(watch.key))
  }
}
