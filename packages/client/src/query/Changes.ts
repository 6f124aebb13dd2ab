import { type Change, type ChangeGap, type QueryRow, type SchemaModel, withDefaults } from '@tidemark/core'
import type { RowEvent } from '../replica/Delta.js'
import type { Watch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

type AnyChange = Change<string, Record<string, never>> | ChangeGap
type Listener = (change: AnyChange) => void

/** Listeners of changes: each is told every step of what it listens to, once and in order, while it is subscribed. [G6] [G7] */
export class Changes {
  readonly #schema: SchemaModel
  readonly #watchlist: Watchlist
  readonly #listenersByKey = new Map<string, Set<Listener>>()

  constructor(schema: SchemaModel, watchlist: Watchlist) {
    this.#schema = schema
    this.#watchlist = watchlist
  }

  subscribe(watches: readonly Watch[], limit: number | null, listener: Listener): () => void {
    const own: Listener = change => listener(change)
    const endings = watches.map(watch => {
      const listeners = this.#listenersByKey.get(watch.key) ?? new Set()
      this.#listenersByKey.set(watch.key, listeners)
      listeners.add(own)
      const { end } = this.#watchlist.add(watch, { limit, hasListeners: true })
      return () => {
        listeners.delete(own)
        if (listeners.size === 0) this.#listenersByKey.delete(watch.key)
        end()
      }
    })
    return () => {
      for (const end of endings.splice(0)) end()
    }
  }

  applied(events: readonly RowEvent[]): void {
    for (const event of events) {
      const listeners = this.#listenersByKey.get(event.key)
      if (listeners === undefined) continue
      const change = this.#changeOf(event)
      for (const listener of [...listeners]) listener(change)
    }
  }

  #changeOf({ collection, id, kind, seq, by, at, before, after, fields, from }: RowEvent): AnyChange {
    if (kind === 'gap') return { kind, from: from ?? 0, to: seq }
    const model = this.#schema.collectionByName.get(collection)
    const rowOf = (values: RowEvent['before']): QueryRow | undefined =>
      values && { ...(model ? withDefaults(model, values) : values), id, $pending: false }
    const told = { collection, id, kind, seq, by, at, before: rowOf(before), after: rowOf(after) }
    return Object.freeze(kind === 'update' ? { ...told, fields } : told) as unknown as AnyChange
  }
}
