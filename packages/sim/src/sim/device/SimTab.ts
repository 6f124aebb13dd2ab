import type { Client, LiveCount, LiveDoc, LiveList, LiveRecord, LiveStore } from '@tidemark/client'
import { createClientWith } from '@tidemark/client/testing'
import type { AnyCollection, AnyCommand, Receipt, SchemaDef } from '@tidemark/core'
import type { Text } from 'yjs'
import type { Process } from '../world/Process.js'
import type { Device } from './Device.js'

export type Row = Readonly<Record<string, unknown>> & { readonly id: string }
export type ListQuery = {
  readonly where?: Readonly<Record<string, unknown>>
  readonly orderBy?: string
  readonly limit?: number
}

/** Something that a tab shows. */
export type Mount =
  | {
      readonly kind: 'list'
      readonly collection: string
      readonly query: ListQuery
      readonly store: LiveStore<LiveList<Row>>
      readonly end: () => void
    }
  | {
      readonly kind: 'record'
      readonly collection: string
      readonly id: string
      readonly store: LiveStore<LiveRecord<unknown, Row>>
      readonly end: () => void
    }
  | {
      readonly kind: 'count'
      readonly collection: string
      readonly where: object
      readonly store: LiveStore<LiveCount>
      readonly end: () => void
    }
  | {
      readonly kind: 'text'
      readonly collection: string
      readonly id: string
      readonly store: LiveStore<{ readonly status: string; readonly text: Text | undefined }>
      readonly end: () => void
    }
  | {
      readonly kind: 'doc'
      readonly collection: string
      readonly id: string
      readonly store: LiveStore<LiveDoc>
      readonly end: () => void
    }

// biome-ignore lint/suspicious/noExplicitAny: a workload of random writes knows no types
type Any = any

/** A tab of a device: one client, what it shows, and a process that can die at any moment. */
export class SimTab {
  readonly process: Process
  readonly client: Client
  readonly mounts: Mount[] = []
  isVisible = true
  readonly #collectionByName: ReadonlyMap<string, AnyCollection>

  constructor(
    readonly device: Device,
    options: { readonly schema: SchemaDef; readonly commands: readonly AnyCommand[]; readonly workspace: string },
  ) {
    const { schema, commands, workspace } = options
    this.#collectionByName = new Map(
      schema.collections.map(collection => [collection.name, collection as AnyCollection]),
    )
    const process = device.newProcess()
    const dice = device.newDice()
    this.process = process
    this.client = createClientWith(
      { schema, commands, url: 'sim:', workspace, userId: device.userId, auth: () => device.userId },
      {
        clock: process,
        random: dice,
        isDevelopment: true,
        surroundings: { isVisible: () => this.isVisible, isOnline: () => true, watch: () => () => undefined },
        openSocket: (_url, events) => device.parts.dial(device, process, events),
        openHome: () => ({
          storage: device.storage(process, dice),
          leadership: device.hub.leadership(process),
          channel: device.hub.channel(process),
          nameLock: name => device.hub.leadership(process, name),
        }),
      },
    )
  }

  get isAlive(): boolean {
    return this.process.isAlive
  }

  get isLeading(): boolean {
    return this.device.hub.leader === this.process
  }

  showList(collection: string, query: ListQuery): Mount {
    const store = this.client.liveList(this.#collection(collection), query as Any) as Any
    return this.#mounted({ kind: 'list', collection, query, store, end: store.subscribe(() => {}) })
  }

  showRecord(collection: string, id: string): Mount {
    const store = this.client.liveRecord(this.#collection(collection), id) as Any
    return this.#mounted({ kind: 'record', collection, id, store, end: store.subscribe(() => {}) })
  }

  showCount(collection: string, where: object): Mount {
    const store = this.client.liveCount(this.#collection(collection), where as Any) as Any
    return this.#mounted({ kind: 'count', collection, where, store, end: store.subscribe(() => {}) })
  }

  showText(collection: string, id: string): Mount {
    const store = this.client.text(this.#collection(collection), id, 'text' as never) as Any
    return this.#mounted({ kind: 'text', collection, id, store, end: store.subscribe(() => {}) })
  }

  showDoc(collection: string, id: string): Mount {
    const store = this.client.doc(this.#collection(collection) as Any, id) as Any
    return this.#mounted({ kind: 'doc', collection, id, store, end: store.subscribe(() => {}) })
  }

  hide(mount: Mount): void {
    const at = this.mounts.indexOf(mount)
    if (at < 0) return
    this.mounts.splice(at, 1)
    mount.end()
  }

  insert(collection: string, row: object): Receipt {
    return this.client.insert(this.#collection(collection), row as Any)
  }

  update(collection: string, id: string, patch: object): Receipt {
    return this.client.update(this.#collection(collection), id, patch as Any)
  }

  upsert(collection: string, id: string, row: object): Receipt {
    return this.client.upsert(this.#collection(collection), id, row as Any)
  }

  remove(collection: string, id: string): Receipt {
    return this.client.remove(this.#collection(collection), id)
  }

  batch(
    write: (tx: { update(c: string, id: string, patch: object): void; insert(c: string, row: object): void }) => void,
  ): Receipt {
    return this.client.batch(tx =>
      write({
        update: (c, id, patch) => tx.update(this.#collection(c), id, patch as Any),
        insert: (c, row) => void tx.insert(this.#collection(c), row as Any),
      }),
    )
  }

  /** The tab is gone in the middle of whatever it did. */
  crash(): void {
    this.process.kill()
  }

  #mounted(mount: Mount): Mount {
    this.mounts.push(mount)
    return mount
  }

  #collection(name: string): Any {
    const collection = this.#collectionByName.get(name)
    if (collection === undefined) throw new Error(`there is no collection ${name}`)
    return collection
  }
}
