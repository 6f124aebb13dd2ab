import {
  type ChangeSource,
  type CommittedChange,
  compileMatcher,
  type Matcher,
  parseQuery,
  queryRowOf,
  type RowChange,
  type RowValues,
  rowBefore,
  withDefaults,
} from '@tidemark/core'
import type { NodeCore } from '../NodeCore.js'
import { replicaPrefix } from '../store/nodeReplicas.js'

const changesPerRead = 500
const retryMs = 1_000

/**
 * Tells server code every change of a target once it is committed, in order and at least once: the position is
 * stored after the listener is done, under the listener's name, in the workspace itself.
 */
export class ChangePump {
  #isStopped = false
  #isRunning = false
  #isWoken = false
  #position: number | null = null
  #stopListening: (() => void) | null = null
  #stopFollowing: (() => void) | null = null
  readonly #collection: string | null
  readonly #id: string | null
  readonly #matches: Matcher | null

  constructor(
    private readonly node: NodeCore,
    private readonly workspace: string,
    source: ChangeSource,
    private readonly name: string,
    private readonly listener: (change: unknown) => void | Promise<void>,
  ) {
    this.#collection = 'collections' in source ? null : 'collection' in source ? source.collection : source.name
    this.#id = 'record' in source && typeof source.record === 'string' ? source.record : null
    this.#matches =
      'list' in source && typeof source.list === 'object' ? compileMatcher(parseQuery(source.list).where) : null
  }

  start(): void {
    const wake = () => this.#wake()
    this.#stopFollowing = this.node.whenMoved(() => {
      // Another node may have told on from where this one was.
      if (!this.node.isOwn(this.workspace)) this.#position = null
      this.#wake()
    })
    this.node.gateways
      .listen(this.workspace, { committed: wake, gap: wake })
      .then(({ stop }) => {
        if (this.#isStopped) stop()
        else this.#stopListening = stop
        this.#wake()
      })
      .catch(error => this.#failed(error))
  }

  stop(): void {
    this.#isStopped = true
    this.#stopListening?.()
    this.#stopFollowing?.()
  }

  #wake(): void {
    this.#isWoken = true
    if (this.#isRunning || this.#isStopped) return
    this.#isRunning = true
    this.#run()
      .catch(error => this.#failed(error))
      .finally(() => {
        this.#isRunning = false
      })
  }

  async #run(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false
      while (this.node.isOwn(this.workspace) && (await this.#step())) {}
    }
  }

  /** One read of the log and what comes of it; true if there may be more. */
  async #step(): Promise<boolean> {
    const after = this.#position ?? (await this.#storedPosition())
    const { log, head } = await this.node.store.read(this.workspace, {
      log: { kind: 'log', after, limit: changesPerRead },
    })
    if (log === 'cut') await this.listener({ kind: 'gap', from: after, to: head })
    else for (const change of log) if (!this.#isStopped) await this.#tell(change)
    const position = log === 'cut' ? head : (log.at(-1)?.seq ?? after)
    if (this.#isStopped || position === after) return false
    await this.node.ask(this.workspace, { kind: 'position', name: this.name, seq: position })
    this.#position = position
    return position < head
  }

  async #storedPosition(): Promise<number> {
    const read = { kind: 'replicas', replicas: [`${replicaPrefix.listener}${this.name}`] } as const
    const { stored, head } = await this.node.store.read(this.workspace, { stored: read })
    this.#position = stored[0]?.lastNumber ?? head
    if (stored[0] === undefined) {
      await this.node.ask(this.workspace, { kind: 'position', name: this.name, seq: head })
    }
    return this.#position
  }

  async #tell(change: CommittedChange): Promise<void> {
    if (change.kind === 'body' || change.kind === 'access') return
    if (this.#collection !== null && change.collection !== this.#collection) return
    if (this.#id !== null && change.id !== this.#id) return
    const before = this.#row(change, rowBefore(change))
    const after = this.#row(change, change.after)
    const was = before !== undefined && (this.#matches?.(before) ?? true)
    const is = after !== undefined && (this.#matches?.(after) ?? true)
    const { collection, id, seq, userId: by, at, fields } = change
    const base = { collection, id, seq, by, at }
    if (was && is) await this.listener({ ...base, kind: 'update', before, after, fields })
    else if (is) await this.listener({ ...base, kind: change.kind === 'insert' ? 'insert' : 'enter', after })
    else if (was) await this.listener({ ...base, kind: change.kind === 'remove' ? 'remove' : 'leave', before })
  }

  #row({ collection, id }: RowChange, values: RowValues | null): RowValues | undefined {
    if (values === null) return undefined
    const model = this.node.schema.collectionByName.get(collection)
    return { ...queryRowOf(id, model === undefined ? values : withDefaults(model, values)), $pending: false }
  }

  #failed(error: unknown): void {
    if (this.#isStopped) return
    this.node.log.error(
      { error, workspace: this.workspace, listener: this.name },
      'a change listener failed, it is called again',
    )
    this.node.scheduler.after(retryMs, () => this.#wake())
  }
}
