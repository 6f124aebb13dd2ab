import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { LiveDoc, LiveStore } from '../LiveState.js'
import type { RowKey } from '../storage/ReplicaStorage.js'
import type { BodyCopy, BodyPlatform } from './BodyCopy.js'
import { EditedBody, notOpened, type ShownBody } from './EditedBody.js'

export interface LiveText {
  readonly status: ShownBody['status']
  readonly text: Y.Text | undefined
  readonly awareness: Awareness | undefined
}

export interface LiveRichText {
  readonly status: ShownBody['status']
  readonly fragment: Y.XmlFragment | undefined
  readonly awareness: Awareness | undefined
}

/** How long a body stays open when nobody shows it any more: a page turned back finds its caret and its undo. */
const graceMs = 5_000
/** Bodies that were asked for and never subscribed, as renders that came to nothing leave them. */
const maxUnopened = 500

interface CachedBody {
  readonly body: EditedBody
  readonly listeners: Set<() => void>
  readonly snapshots: Map<string, object>
  readonly stores: Map<string, LiveStore<object>>
  cancelGrace: (() => void) | undefined
}

type Draw<T> = (shown: ShownBody) => T

/**
 * The open bodies of this tab. All who show one share its document; it is opened by the first subscription and closed
 * a while after the last one ended. A store may be asked for as often as wanted: it does nothing until it is subscribed.
 */
export class BodyDocs {
  readonly #platform: BodyPlatform
  readonly #bodies = new Map<string, CachedBody>()
  #opened: (copy: BodyCopy) => void = () => undefined

  constructor(platform: BodyPlatform) {
    this.#platform = { ...platform, opened: copy => this.#opened(copy) }
  }

  /** Tells of each document that is open, and from now on of each that is opened. */
  follow(opened: (copy: BodyCopy) => void): void {
    this.#opened = opened
    for (const { body } of this.#bodies.values()) if (body.copy) opened(body.copy)
  }

  text(collection: string, id: string, field: string): LiveStore<LiveText> {
    const draw: Draw<LiveText> = ({ status, doc, awareness }) => ({ status, text: doc?.getText(field), awareness })
    return this.#store({ collection, id }, false, `text ${field}`, draw)
  }

  richText(collection: string, id: string, field: string): LiveStore<LiveRichText> {
    const draw: Draw<LiveRichText> = ({ status, doc, awareness }) => {
      return { status, fragment: doc?.getXmlFragment(field), awareness }
    }
    return this.#store({ collection, id }, false, `richText ${field}`, draw)
  }

  /** Of an open collection: it need not be there to be written. */
  doc(collection: string, id: string): LiveStore<LiveDoc> {
    return this.#store({ collection, id }, true, 'doc', shown => shown)
  }

  /** Closes every body; what was written is in the outbox then. */
  close(): void {
    for (const cached of this.#bodies.values()) {
      cached.cancelGrace?.()
      cached.body.close()
    }
    this.#bodies.clear()
  }

  #store<T extends object>(key: RowKey, isOfOpenCollection: boolean, name: string, draw: Draw<T>): LiveStore<T> {
    const cachedNow = () => this.#cached(key, isOfOpenCollection)
    const { stores } = cachedNow()
    const known = stores.get(name)
    if (known !== undefined) return known as LiveStore<T>
    const getSnapshot = () => {
      const { body, snapshots } = cachedNow()
      let snapshot = snapshots.get(name)
      if (snapshot === undefined) {
        snapshot = Object.freeze(draw(body.shown))
        snapshots.set(name, snapshot)
      }
      return snapshot as T
    }
    const serverSnapshot = Object.freeze(draw(notOpened))
    const store: LiveStore<T> = {
      getSnapshot,
      getServerSnapshot: () => serverSnapshot,
      subscribe: listener => {
        // A listener may come twice, so each subscription has one of its own.
        const own = () => listener()
        const cached = cachedNow()
        cached.cancelGrace?.()
        cached.cancelGrace = undefined
        cached.listeners.add(own)
        cached.body.open()
        return () => {
          if (cached.listeners.delete(own) && cached.listeners.size === 0) this.#startGrace(key, cached)
        }
      },
    }
    stores.set(name, store)
    return store
  }

  #cached(key: RowKey, isOfOpenCollection: boolean): CachedBody {
    const name = nameOf(key)
    const known = this.#bodies.get(name)
    if (known !== undefined) return known
    const listeners = new Set<() => void>()
    const snapshots = new Map<string, object>()
    const body = new EditedBody(key, isOfOpenCollection, this.#platform, () => {
      snapshots.clear()
      for (const listener of [...listeners]) listener()
    })
    const cached: CachedBody = { body, listeners, snapshots, stores: new Map(), cancelGrace: undefined }
    if (this.#bodies.size >= maxUnopened) this.#forgetUnopened()
    this.#bodies.set(name, cached)
    return cached
  }

  #forgetUnopened(): void {
    for (const [name, { listeners, cancelGrace }] of this.#bodies) {
      if (listeners.size === 0 && cancelGrace === undefined) this.#bodies.delete(name)
    }
  }

  #startGrace(key: RowKey, cached: CachedBody): void {
    const name = nameOf(key)
    if (this.#bodies.get(name) !== cached) return
    cached.cancelGrace = this.#platform.clock.after(graceMs, () => {
      this.#bodies.delete(name)
      cached.body.close()
    })
  }
}

const nameOf = ({ collection, id }: RowKey): string => JSON.stringify([collection, id])
