import { type Change, type ChangeGap, type QueryRow, type SchemaModel, withDefaults } from '@tidemark/core'
import type { Delta, RowEvent } from '../replica/Delta.js'
import type { Leadership } from '../tabs/Leadership.js'
import type { Watch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

type AnyChange = Change<string, Record<string, never>> | ChangeGap
type Listener = (change: AnyChange) => void

/** Where positions are kept, and who may hold a name. */
export interface PositionPort {
  opened(then: () => void): void
  nameLock(name: string): Leadership
  positionOf(name: string): number | undefined
  keepPosition(name: string, cursor: number): void
  /** How far the subscription has come here; undefined: it was never caught up. */
  cursorOf(key: string): number | undefined
}

export interface ListenOptions {
  readonly name?: string
  readonly deliver?: 'atMostOnce' | 'atLeastOnce'
}

interface Target {
  readonly watch: Watch
  readonly limit: number | null
}

/**
 * Listeners of changes: each is told every step of what it listens to, once and in order. [G6] [G7]
 *
 * One without a name hears what happens while it is subscribed, as soon as it shows. One with a name is held by one tab
 * at a time and told what is stored, its position with it; where that cannot be told step by step, a gap.
 */
export class Changes {
  readonly #schema: SchemaModel
  readonly #watchlist: Watchlist
  readonly #port: PositionPort
  readonly #listenersByKey = new Map<string, Set<Listener>>()
  readonly #named = new Set<NamedListener>()

  constructor(schema: SchemaModel, watchlist: Watchlist, port: PositionPort) {
    this.#schema = schema
    this.#watchlist = watchlist
    this.#port = port
  }

  subscribe(targets: readonly Target[], listener: Listener, { name, deliver }: ListenOptions = {}): () => void {
    return name === undefined
      ? this.#hear(targets, listener)
      : this.#hold(targets, listener, name, deliver ?? 'atMostOnce')
  }

  applied(events: readonly RowEvent[]): void {
    for (const event of events) {
      const listeners = this.#listenersByKey.get(event.key)
      if (listeners === undefined) continue
      const change = this.#changeOf(event)
      for (const listener of [...listeners]) tell(listener, change)
    }
  }

  stored({ events, position }: Pick<Delta, 'events' | 'position'>): void {
    for (const named of [...this.#named].filter(({ isActive }) => isActive)) {
      if (named.owesGapFrom !== undefined && position) {
        tell(named.listener, { kind: 'gap', from: named.owesGapFrom, to: position.cursor })
        named.owesGapFrom = undefined
      }
      for (const event of events) if (named.keys.has(event.key)) tell(named.listener, this.#changeOf(event))
      if (position) named.toldUpTo = position.cursor
      if (named.deliver === 'atLeastOnce' && position) this.#port.keepPosition(named.name, position.cursor)
    }
  }

  close(): void {
    for (const { lock } of this.#named) lock.release()
    this.#named.clear()
  }

  #hear(targets: readonly Target[], listener: Listener): () => void {
    const own: Listener = change => listener(change)
    const endings = targets.map(({ watch, limit }) => {
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

  /** Waits in line for the name, and listens from where its last holder was told. */
  #hold(targets: readonly Target[], listener: Listener, name: string, deliver: NamedListener['deliver']): () => void {
    const lock = this.#port.nameLock(name)
    const keys = new Set(targets.map(({ watch }) => watch.key))
    const named: NamedListener = {
      name,
      deliver,
      keys,
      listener,
      lock,
      isActive: false,
      owesGapFrom: undefined,
      toldUpTo: undefined,
    }
    this.#named.add(named)
    const endings: (() => void)[] = []
    let isOver = false
    const start = (): void => {
      if (isOver) return
      const position = this.#port.positionOf(name)
      const cursors = [...keys].flatMap(key => this.#port.cursorOf(key) ?? [])
      const reached = Math.max(0, ...cursors)
      if (position !== undefined && position < reached) tell(listener, { kind: 'gap', from: position, to: reached })
      // What it listens to is no longer stored: how far it is now shows with the first answer.
      if (position !== undefined && cursors.length === 0) named.owesGapFrom = position
      named.isActive = true
      for (const { watch, limit } of targets) {
        // The position of `atLeastOnce` moves when the listener has returned, not with what is stored.
        const kept = deliver === 'atMostOnce' ? { name } : {}
        endings.push(this.#watchlist.add(watch, { limit, hasListeners: true, resumes: true, ...kept }).end)
      }
    }
    this.#port.opened(() => lock.request(start))
    return () => {
      isOver = true
      this.#named.delete(named)
      for (const end of endings.splice(0)) end()
      // What is on its way into the storage will not be told: the next holder is to see that.
      if (named.toldUpTo !== undefined) this.#port.keepPosition(name, named.toldUpTo)
      lock.release()
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

interface NamedListener {
  readonly name: string
  readonly deliver: 'atMostOnce' | 'atLeastOnce'
  readonly keys: ReadonlySet<string>
  readonly listener: Listener
  readonly lock: Leadership
  /** It holds the name. */
  isActive: boolean
  owesGapFrom: number | undefined
  toldUpTo: number | undefined
}

/** The app's code: what it throws is its own, and nobody else's change is lost over it. */
function tell(listener: Listener, change: AnyChange): void {
  try {
    listener(change)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
