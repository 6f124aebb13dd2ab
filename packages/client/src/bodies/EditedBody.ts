import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { RowKey } from '../storage/ReplicaStorage.js'
import { BodyCopy, type BodyPlatform } from './BodyCopy.js'
import type { BodyBytes, BodyEvent } from './BodySource.js'

export type BodyStatus = 'loading' | 'ready' | 'missing' | 'unavailable' | 'error'

type NodeStatus = Extract<BodyEvent, { readonly kind: 'status' }>['status']

export interface ShownBody {
  readonly status: BodyStatus
  readonly doc: Y.Doc | undefined
  readonly awareness: Awareness | undefined
}

type State =
  | { readonly kind: 'closed' }
  /** `copy` is the one that is shown until the new one is there. */
  | { readonly kind: 'loading'; readonly copy: BodyCopy | undefined; readonly heard: BodyEvent[] }
  | { readonly kind: 'open'; readonly copy: BodyCopy }
  /** Removed, or out of this reader's sight: nothing of it is shown. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed' }

/** Before the first load, and on a server. */
export const notOpened: ShownBody = Object.freeze({ status: 'loading', doc: undefined, awareness: undefined })

/**
 * A body that somebody shows or edits in this tab, and its place among these:
 *
 *              open            loaded
 *   closed ───────────► loading ────► open ── missing ──► gone
 *     ▲                  ▲  ▲          │                   │
 *     │                  │  └─ rebuild ┘                   │
 *     └──── close ──     └────── in sight again ───────────┘
 *
 * What the replica has is shown at once; without it the node's word is the status. What is out of sight is not shown, typed
 * here or not.
 */
export class EditedBody {
  readonly #key: RowKey
  readonly #isOfOpenCollection: boolean
  readonly #platform: BodyPlatform
  readonly #changed: () => void
  #state: State = { kind: 'closed' }
  #node: NodeStatus = 'loading'
  /** Whether the node has ever confirmed something of it: what was not there yet of an open collection may be begun. */
  #wasConfirmed = false
  #unwatch: () => void = () => undefined
  #shown = notOpened

  /** `changed` is called when `shown` is another one, never within `open`. */
  constructor(key: RowKey, isOfOpenCollection: boolean, platform: BodyPlatform, changed: () => void) {
    this.#key = key
    this.#isOfOpenCollection = isOfOpenCollection
    this.#platform = platform
    this.#changed = changed
  }

  get shown(): ShownBody {
    return this.#shown
  }

  get copy(): BodyCopy | undefined {
    return copyOf(this.#state)
  }

  open(): void {
    if (this.#state.kind !== 'closed') return
    this.#load()
    this.#unwatch = this.#platform.source.watch(this.#key, event => this.#hear(event))
  }

  /** What was written and not yet handed over goes to the outbox first. */
  close(): void {
    if (this.#state.kind === 'closed') return
    this.#unwatch()
    const copy = copyOf(this.#state)
    this.#state = { kind: 'closed' }
    this.#node = 'loading'
    this.#wasConfirmed = false
    this.#show()
    copy?.close()
  }

  #load(): void {
    const copy = copyOf(this.#state)
    // What it wrote last is among the pending updates that are loaded.
    copy?.flush()
    // So are updates that were heard before; those that are not may not be shown any more.
    const heard = this.#state.kind === 'loading' ? this.#state.heard.filter(({ kind }) => kind !== 'update') : []
    const loading: State = { kind: 'loading', copy, heard }
    this.#state = loading
    this.#platform.source.load(this.#key).then(
      bytes => this.#state === loading && this.#loaded(bytes, loading),
      () => this.#state === loading && this.#failed(copy),
    )
  }

  #loaded(bytes: BodyBytes, { copy: earlier, heard }: State & { kind: 'loading' }): void {
    const copy = new BodyCopy(this.#key, bytes, this.#platform)
    this.#wasConfirmed = bytes.state !== null
    if (bytes.isComplete && this.#node === 'loading') this.#node = 'ready'
    this.#state = { kind: 'open', copy }
    if (earlier !== undefined) copy.introduceAs(earlier)
    if (this.#isOutOfSight) this.#leave()
    for (const event of heard) this.#take(event)
    this.#show()
    earlier?.close()
  }

  #failed(copy: BodyCopy | undefined): void {
    this.#state = { kind: 'failed' }
    this.#show()
    copy?.close()
  }

  #hear(event: BodyEvent): void {
    this.#take(event)
    if (this.#state.kind !== 'loading') this.#show()
  }

  #take(event: BodyEvent): void {
    const state = this.#state
    if (event.kind === 'status') this.#takeStatus(event.status)
    else if (state.kind === 'open') this.#takeOpen(event, state.copy)
    else if (state.kind === 'loading') {
      // What is loaded after it holds it already.
      if (event.kind === 'rebuild') this.#load()
      else state.heard.push(event)
    } else if (state.kind !== 'closed' && event.kind !== 'awareness' && !this.#isOutOfSight) this.#load()
  }

  #takeStatus(status: NodeStatus): void {
    const state = this.#state
    if (state.kind === 'closed') return
    this.#node = status
    if (this.#isOutOfSight) {
      if ('copy' in state) this.#leave()
    } else if (state.kind === 'open') {
      if (status === 'ready') state.copy.reached(true)
      if (status === 'unavailable') state.copy.reached(false)
    } else if (state.kind !== 'loading' && status === 'ready') this.#load()
  }

  #takeOpen(event: BodyEvent, copy: BodyCopy): void {
    switch (event.kind) {
      case 'update':
        this.#wasConfirmed = true
        copy.receive(event.update)
        return
      case 'awareness':
        copy.receiveAwareness(event.update)
        return
      case 'rebuild':
        this.#load()
    }
  }

  /** The record is not there for this reader, and not begun here either. */
  get #isOutOfSight(): boolean {
    return this.#node === 'missing' && (this.#wasConfirmed || !this.#isOfOpenCollection)
  }

  /** What was typed into it is the outbox' from here on. */
  #leave(): void {
    const copy = copyOf(this.#state)
    this.#state = { kind: 'gone' }
    this.#wasConfirmed = false
    this.#show()
    copy?.close()
  }

  /** Shows another object only if something of it is another. */
  #show(): void {
    const { status, copy } = this.#toShow()
    const [doc, awareness] = [copy?.doc, copy?.awareness]
    if (status === this.#shown.status && doc === this.#shown.doc) return
    this.#shown = Object.freeze({ status, doc, awareness })
    this.#changed()
  }

  #toShow(): { readonly status: BodyStatus; readonly copy?: BodyCopy } {
    const state = this.#state
    if (state.kind === 'failed') return { status: 'error' }
    if (state.kind === 'gone') return { status: 'missing' }
    const copy = copyOf(state)
    if (copy === undefined) return { status: 'loading' }
    if (copy.hasContent || this.#node === 'ready') return { status: 'ready', copy }
    if (!this.#isOfOpenCollection) return { status: this.#node }
    // A record of an open collection is made by its first edit: what is not there yet can be begun, offline too.
    return { status: this.#node === 'missing' ? 'ready' : this.#node, copy }
  }
}

const copyOf = (state: State): BodyCopy | undefined => ('copy' in state ? state.copy : undefined)
