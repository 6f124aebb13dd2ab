import { type Clock, mergeUpdates, type Random } from '@tidemark/core'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { RowKey } from '../storage/ReplicaStorage.js'
import { BodyAwareness } from './BodyAwareness.js'
import type { BodyBytes, BodySource } from './BodySource.js'
import { remoteOrigin } from './remoteOrigin.js'

export interface BodyPlatform {
  readonly source: BodySource
  readonly clock: Clock
  readonly random: Random
  /** Told of each document that is opened, with all that was there before anybody edits it. */
  readonly opened?: (copy: BodyCopy) => void
}

/** How long a local update that the outbox had no room for waits before it is offered again. */
const retryWriteMs = 1_000

/**
 * One Yjs document of a body, under one client id of its own: what is shown and edited from a load to the next one.
 *
 * Every local update reaches the outbox, those of one tick as one; what the document was given by others never does.
 */
export class BodyCopy {
  readonly doc: Y.Doc
  readonly key: RowKey
  readonly #platform: BodyPlatform
  readonly #presence: BodyAwareness
  #unwritten: Uint8Array[] = []
  /** What Yjs tidied in formatting by itself while it took in remote edits: goes along with the next edit, never alone. */
  #tidied: Uint8Array[] = []
  #isReceiving = false
  #isFlushDue = false
  #hasContent: boolean

  constructor(key: RowKey, bytes: BodyBytes, platform: BodyPlatform) {
    this.key = key
    this.#platform = platform
    // A guid that is given costs a seventh of a random one.
    this.doc = new Y.Doc({ guid: `${key.collection}/${key.id}`, gc: true })
    this.doc.clientID = newClientId(platform.random)
    for (const update of [bytes.state, ...bytes.pending]) {
      if (update !== null) Y.applyUpdate(this.doc, update, remoteOrigin)
    }
    this.#hasContent = bytes.state !== null || bytes.pending.length > 0
    this.#presence = new BodyAwareness(this.doc, platform.clock, update => platform.source.sendAwareness(key, update))
    this.doc.on('update', (update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (origin === remoteOrigin) return
      this.#hasContent = true
      if (this.#isReceiving && origin === null && !hasNewContent(transaction)) this.#tidied.push(update)
      else this.#collect(update)
    })
    platform.opened?.(this)
  }

  get awareness(): Awareness {
    return this.#presence.awareness
  }

  /** Whether anything is known of the body here, if only what was written here. */
  get hasContent(): boolean {
    return this.#hasContent
  }

  /** Whether what changes in the document now was done by others, or follows from it. */
  get isReceiving(): boolean {
    return this.#isReceiving
  }

  receive(update: Uint8Array): void {
    this.#hasContent = true
    this.#isReceiving = true
    try {
      Y.applyUpdate(this.doc, update, remoteOrigin)
    } finally {
      this.#isReceiving = false
    }
  }

  receiveAwareness(update: Uint8Array): void {
    this.#presence.receive(update)
  }

  /** In or out of reach of the other editors. */
  reached(isInReach: boolean): void {
    if (isInReach) this.#presence.announce()
    else this.#presence.forgetOthers()
  }

  /** Takes over what the app had told of itself in an earlier copy. */
  introduceAs(earlier: BodyCopy): void {
    const state = earlier.awareness.getLocalState()
    if (state !== null && Object.keys(state).length > 0) this.awareness.setLocalState(state)
  }

  /** Hands what was written here to the outbox now. */
  flush(): void {
    this.#isFlushDue = false
    if (this.#unwritten.length === 0) return
    const update = mergeUpdates([...this.#tidied, ...this.#unwritten])
    try {
      this.#platform.source.write(this.key, update)
    } catch {
      // No room in the outbox: the document shows it already, so it is kept and offered again.
      this.#isFlushDue = true
      this.#platform.clock.after(retryWriteMs, () => this.flush())
      return
    }
    this.#unwritten = []
    this.#tidied = []
  }

  close(): void {
    this.flush()
    this.#presence.close()
    this.doc.destroy()
  }

  #collect(update: Uint8Array): void {
    this.#unwritten.push(update)
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    queueMicrotask(() => this.flush())
  }
}

/** 32 bits and never 0, as Yjs' own. */
function newClientId(random: Random): number {
  const [a, b, c, d] = random.bytes(4) as unknown as [number, number, number, number]
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) % 2 ** 32 || 1
}

const hasNewContent = ({ beforeState, afterState }: Y.Transaction): boolean =>
  [...afterState].some(([client, clock]) => clock > (beforeState.get(client) ?? 0))
