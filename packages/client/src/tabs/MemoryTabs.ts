import type { Leadership } from './Leadership.js'
import type { TabChannel } from './TabChannel.js'

/** Tabs of one replica within one process: a hub for their channels and a line for the lead. For tests and simulations. */
export class MemoryTabs {
  readonly #channels = new Set<MemoryChannel>()
  readonly #lines = new Map<string, { readonly lead: () => void; readonly owner: object }[]>()

  channel(): TabChannel {
    return new MemoryChannel(this.#channels)
  }

  /** The lead of the replica, or of a name in it. */
  leadership(name = ''): Leadership {
    const owner = {}
    const line = this.#lines.get(name) ?? []
    this.#lines.set(name, line)
    return {
      request: lead => {
        line.push({ lead, owner })
        if (line.length === 1) lead()
      },
      release: () => {
        const place = line.findIndex(waiting => waiting.owner === owner)
        if (place < 0) return
        line.splice(place, 1)
        if (place === 0) line[0]?.lead()
      },
    }
  }
}

class MemoryChannel implements TabChannel {
  readonly #hub: Set<MemoryChannel>
  #listener: ((message: unknown) => void) | null = null

  constructor(hub: Set<MemoryChannel>) {
    this.#hub = hub
  }

  post(message: unknown): void {
    const copy = structuredClone(message)
    for (const other of this.#hub) if (other !== this) queueMicrotask(() => other.#listener?.(copy))
  }

  receive(listener: (message: unknown) => void): void {
    this.#hub.add(this)
    this.#listener = listener
  }

  close(): void {
    this.#hub.delete(this)
    this.#listener = null
  }
}
