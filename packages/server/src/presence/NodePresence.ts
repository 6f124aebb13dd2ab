import type { Clock } from '@tidemark/core'
import { type Bus, type BusPresence, presenceOf } from '../bus/Bus.js'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { AwarenessEntry } from './awarenessUpdate.js'
import { sessionOf } from './source.js'
import { type Said, WorkspacePresence } from './WorkspacePresence.js'

export interface NodePresenceParts {
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>
  readonly clock: Clock
  readonly limits: Limits
  readonly metrics: Metrics
}

/** The presence of the workspaces that this node has to do with, for native sessions and doors alike. */
export class NodePresence {
  readonly #roomByWorkspace = new Map<string, Room>()

  constructor(private readonly parts: NodePresenceParts) {}

  /** `hear` is told of everything that is shown in the workspace, from here too, until the seat is left. */
  enter(workspace: string, hear: (shown: BusPresence) => void): PresenceSeat {
    const room = this.#roomByWorkspace.get(workspace) ?? this.#open(workspace)
    room.listeners.add(hear)
    return new PresenceSeat(workspace, room.presence, this.parts, () => {
      room.listeners.delete(hear)
      if (room.listeners.size > 0) return
      room.stop()
      this.#roomByWorkspace.delete(workspace)
    })
  }

  #open(workspace: string): Room {
    const { bus, clock, limits } = this.parts
    const presence = new WorkspacePresence(limits)
    const listeners = new Set<(presence: BusPresence) => void>()
    const topic = presenceOf(workspace)
    const { started, stop } = bus.subscribe(topic, published => {
      if (published.scope === whoIsThere.scope)
        for (const shown of presence.shownHere(clock.now())) bus.publish(topic, shown)
      else presence.heard(published, clock.now())
      if (published.state.length === 0) return
      const shown = { ...published, from: sessionOf(published.from) }
      for (const hear of [...listeners]) hear(shown)
    })
    void started.then(() => bus.publish(topic, whoIsThere))
    const room = { presence, listeners, stop }
    this.#roomByWorkspace.set(workspace, room)
    return room
  }
}

/** Asked by a node that begins to listen. The answers look as if everyone had repeated what they show. */
const whoIsThere: BusPresence = { scope: '', from: '', userId: '', state: new Uint8Array() }

interface Room {
  readonly presence: WorkspacePresence
  readonly listeners: Set<(presence: BusPresence) => void>
  readonly stop: () => void
}

/** One stage of the node in a workspace's presence: it brings its sessions, and passes on what is shown. */
export class PresenceSeat {
  constructor(
    private readonly workspace: string,
    private readonly presence: WorkspacePresence,
    private readonly parts: NodePresenceParts,
    /** Nothing more is heard. */
    readonly leave: () => void,
  ) {}

  joined(id: string, userId: string, replica: string): void {
    this.presence.joined(id, userId, replica, this.#now)
  }

  /** Returns what the session is to be told: what is shown where it has just come to. */
  said(id: string, scope: string, state: Uint8Array, isInSight: boolean): readonly BusPresence[] {
    const said = this.presence.said(id, scope, state, isInSight, this.#now)
    this.#publish(said)
    return said.told
  }

  announced(id: string, scope: string, entries: readonly AwarenessEntry[]): void {
    this.#publish(this.presence.announced(id, scope, entries, this.#now))
  }

  shownOf(scope: string): readonly BusPresence[] {
    return this.presence.shownOf(scope, this.#now)
  }

  at(scope: string): Iterable<string> {
    return this.presence.at(scope)
  }

  /** The session is only where it may stay; what it showed elsewhere is withdrawn. */
  movedOut(id: string, mayStay: (scope: string) => boolean): void {
    this.#publish({ published: this.presence.movedOut(id, mayStay) })
  }

  ended(id: string, isOnPurpose: boolean): void {
    this.#publish({ published: this.presence.left(id, isOnPurpose) })
  }

  get #now(): number {
    return this.parts.clock.now()
  }

  #publish({ published, dropped }: Pick<Said, 'published' | 'dropped'>): void {
    const { bus, metrics } = this.parts
    if (dropped !== undefined) metrics.count('presenceDropped', { why: dropped })
    for (const presence of published) bus.publish(presenceOf(this.workspace), presence)
  }
}
