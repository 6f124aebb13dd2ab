import type { Clock } from '@tidemark/core'
import type { Wanted } from '../replica/Intake.js'
import type { Watch } from './Watch.js'

/** A screen that comes back at once finds everything as it was. */
const graceMs = 1_000

export interface Need {
  readonly limit: number | null
  readonly hasListeners: boolean
}

/** Where wants go: the leading tab, or on their way to it. */
export interface WantPort {
  want(wanted: Wanted): void
  unwant(key: string): void
}

interface Entry {
  readonly watch: Watch
  readonly needs: Set<{ need: Need }>
  cancelDrop: (() => void) | null
}

/** What the screens of this tab need, each subscription once however many ask for it. */
export class Watchlist {
  readonly #clock: Clock
  readonly #port: WantPort
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, port: WantPort) {
    this.#clock = clock
    this.#port = port
  }

  get wanted(): readonly Wanted[] {
    return [...this.#entries.values()].map(wantedOf)
  }

  isWanted(key: string): boolean {
    return this.#entries.has(key)
  }

  /** Wants it until `end`; `change` wants another part of it. */
  add(watch: Watch, need: Need): { change(need: Need): void; end(): void } {
    let entry = this.#entries.get(watch.key)
    const isNew = entry === undefined
    if (entry === undefined) {
      entry = { watch, needs: new Set(), cancelDrop: null }
      this.#entries.set(watch.key, entry)
    }
    const before = isNew ? undefined : wantedOf(entry)
    entry.cancelDrop?.()
    entry.cancelDrop = null
    const own = { need }
    entry.needs.add(own)
    this.#tell(entry, before)
    const kept = entry
    return {
      change: next => {
        if (!kept.needs.has(own)) return
        const was = wantedOf(kept)
        own.need = next
        this.#tell(kept, was)
      },
      end: () => {
        if (kept.needs.delete(own) && kept.needs.size === 0) this.#dropSoon(kept)
      },
    }
  }

  #tell(entry: Entry, before: Wanted | undefined): void {
    const now = wantedOf(entry)
    if (before && before.limit === now.limit && before.hasListeners === now.hasListeners) return
    // Not at once: whoever subscribes is not to be told of changes before it has.
    queueMicrotask(() => {
      if (this.#entries.get(entry.watch.key) === entry) this.#port.want(wantedOf(entry))
    })
  }

  close(): void {
    for (const { cancelDrop } of this.#entries.values()) cancelDrop?.()
    this.#entries.clear()
  }

  #dropSoon(entry: Entry): void {
    entry.cancelDrop = this.#clock.after(graceMs, () => {
      this.#entries.delete(entry.watch.key)
      this.#port.unwant(entry.watch.key)
    })
  }
}

function wantedOf({ watch, needs }: Entry): Wanted {
  let limit: number | null = 0
  let hasListeners = false
  for (const { need } of needs) {
    limit = limit === null || need.limit === null ? null : Math.max(limit, need.limit)
    hasListeners ||= need.hasListeners
  }
  return { watch, limit: watch.target.kind === 'list' ? limit : null, hasListeners }
}
