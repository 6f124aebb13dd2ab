import type { Clock } from '@tidemark/core'
import type { Wanted } from '../replica/Wanted.js'
import type { Watch } from './Watch.js'

/** A screen that comes back at once finds everything as it was. */
const graceMs = 1_000

export interface Need {
  readonly limit: number | null
  readonly hasListeners: boolean
  /** It was listened to before, under a name: what passed since is a gap. */
  readonly resumes?: boolean
  /** The position under this name moves with what is stored. */
  readonly name?: string
}

/** Where wants go: the leading tab, or on their way to it. */
export interface WantPort {
  want(wanted: Wanted): void
  unwant(key: string): void
}

interface Entry {
  readonly watch: Watch
  readonly needs: Set<{ need: Need }>
  /** As it is wanted now; in its time of grace as it was last. */
  wanted: Wanted
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
    return [...this.#entries.values()].map(({ wanted }) => wanted)
  }

  isWanted(key: string): boolean {
    return this.#entries.has(key)
  }

  /** Wants it until `end`; `change` wants another part of it. */
  add(watch: Watch, need: Need): { change(need: Need): void; end(): void } {
    const own = { need }
    let entry = this.#entries.get(watch.key)
    const isNew = entry === undefined
    if (entry === undefined) {
      entry = {
        watch,
        needs: new Set(),
        wanted: { watch, limit: need.limit, hasListeners: false, resumes: false, names: [] },
        cancelDrop: null,
      }
      this.#entries.set(watch.key, entry)
    }
    const kept = entry
    kept.cancelDrop?.()
    kept.cancelDrop = null
    kept.needs.add(own)
    this.#join(kept, isNew)
    return {
      change: next => {
        own.need = next
        if (kept.needs.has(own)) this.#join(kept, false)
      },
      end: () => {
        if (!kept.needs.delete(own)) return
        if (kept.needs.size > 0) this.#join(kept, false)
        else this.#dropSoon(kept)
        // The position of a name moves only while somebody holds it.
        if (own.need.name !== undefined) this.#port.want(kept.wanted)
      },
    }
  }

  #join(entry: Entry, isNew: boolean): void {
    const before = entry.wanted
    entry.wanted = wantedOf(entry)
    if (!isNew && isSameWant(before, entry.wanted)) return
    // Not at once: whoever subscribes is not to be told of changes before it has.
    queueMicrotask(() => {
      if (this.#entries.get(entry.watch.key) === entry) this.#port.want(entry.wanted)
    })
  }

  close(): void {
    for (const { cancelDrop } of this.#entries.values()) cancelDrop?.()
    this.#entries.clear()
  }

  #dropSoon(entry: Entry): void {
    entry.wanted = { ...entry.wanted, hasListeners: false, resumes: false, names: [] }
    entry.cancelDrop = this.#clock.after(graceMs, () => {
      this.#entries.delete(entry.watch.key)
      this.#port.unwant(entry.watch.key)
    })
  }
}

function wantedOf({ watch, needs }: Entry): Wanted {
  let limit: number | null = 0
  let hasListeners = false
  let resumes = false
  const names: string[] = []
  for (const { need } of needs) {
    if (need.name !== undefined) names.push(need.name)
    limit = limit === null || need.limit === null ? null : Math.max(limit, need.limit)
    hasListeners ||= need.hasListeners
    resumes ||= need.resumes === true
  }
  return { watch, limit: watch.target.kind === 'list' ? limit : null, hasListeners, resumes, names }
}

function isSameWant(a: Wanted, b: Wanted): boolean {
  return a.limit === b.limit && a.hasListeners === b.hasListeners && a.names.join('\n') === b.names.join('\n')
}
