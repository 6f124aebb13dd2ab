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
  /** Goes up when the workspace goes to another node: what is known of the position is void. */
  #term = 0
  #known: { readonly term: number; readonly position: number } | null = null
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
    this.#stopFollowing = this.node.whenMoved(() => {
      // Another node may tell on from where this one is.
      if (!this.node.isOwn(this.workspace)) this.#term++
      this.#wake()
    })
    this.#listen()
  }

  #listen(): void {
    const wake = () => this.#wake()
    this.node.gateways
      .listen(this.workspace, { committed: wake, gap: wake })
      .then(({ stop }) => {
        if (this.#isStopped) stop()
        else this.#stopListening = stop
        this.#wake()
      })
      .catch(error => this.#failed(error, () => this.#listen()))
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
    this.#run().catch(error => this.#failed(error, () => this.#wake()))
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWoken && !this.#isStopped) {
        this.#isWoken = false
        while (this.node.isOwn(this.workspace) && (await this.#step())) {}
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** One read of the log and what comes of it; true if there may be more. */
  async #step(): Promise<boolean> {
    const term = this.#term
    const after = this.#known?.term === term ? this.#known.position : await this.#storedPosition()
    const { log, head } = await this.node.store.read(this.workspace, {
      log: { kind: 'log', after, limit: changesPerRead },
    })
    let position = after
    if (log === 'cut') {
      await this.listener({ kind: 'gap', from: after, to: head })
      position = head
    } else {
      for (const change of log) {
        if (this.#isStopped || term !== this.#term) break
        await this.#tell(change)
        position = change.seq
      }
    }
    if (position === after) return false
    await this.node.ask(this.workspace, { kind: 'position', name: this.name, seq: position })
    this.#known = { term, position }
    return position < head
  }

  async #storedPosition(): Promise<number> {
    const read = { kind: 'replicas', replicas: [`${replicaPrefix.listener}${this.name}`] } as const
    const { stored, head } = await this.node.store.read(this.workspace, { stored: read })
    if (stored[0] !== undefined) return stored[0].lastNumber
    await this.node.ask(this.workspace, { kind: 'position', name: this.name, seq: head })
    return head
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

  #failed(error: unknown, again: () => void): void {
    if (this.#isStopped) return
    this.node.log.error(
      { error, workspace: this.workspace, listener: this.name },
      'a change listener failed, it is called again',
    )
    this.node.scheduler.after(retryMs, () => {
      if (!this.#isStopped) again()
    })
  }
}
