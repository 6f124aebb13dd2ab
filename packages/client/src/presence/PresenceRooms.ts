import {
  type Clock,
  decodePresenceState,
  encodePresenceState,
  type Json,
  type Other,
  type PresenceDefinition,
  type PresenceScope,
  placeScope,
  presenceDefinitionOf,
  type Random,
  randomId,
  recordOfPlace,
  type SchemaModel,
  TidemarkError,
} from '@tidemark/core'
import { StoreBase } from '../query/StoreBase.js'
import type { RowKey } from '../storage/ReplicaStorage.js'

export interface PresencePort {
  readonly clock: Clock
  readonly random: Random
  readonly userId: string
  readonly schema: SchemaModel
  send(scope: string, state: Uint8Array): void
  /** Watches the record on the node until the returned function is called: without that nobody may be at its place. */
  watch(record: RowKey): () => void
  /** Whether the node has this reader see the record that is watched; nobody is asked offline. */
  isInSight(record: RowKey): boolean
}

/** Own states are said again this often: what is not repeated is over. */
const repeatMs = 10_000
/** Others are gone when they were silent for this long. */
const silentMs = 30_000
/** States change often; the node is told at most this often. */
const minGapMs = 50

/**
 * Who else is at one place, and what they show; and what this tab shows there.
 *
 * Whoever looks or shows is there, and is told by the node what is shown; whose it is the node says too. At the place of
 * a record one is only while one may read it: who comes waits for that, and comes again by itself.
 *
 *   away ──looks, shows──▶ waiting ──the record is in sight──▶ there
 *     ▲                      ▲ │                                │ │
 *     │                      └─┼────────out of sight────────────┘ │
 *     └────────────────────────┴──────────────leaves──────────────┘
 */
export class PresenceRoom extends StoreBase<readonly Other<Json>[]> {
  readonly scope: string
  readonly #definition: PresenceDefinition
  readonly #port: PresencePort
  readonly #clientId: string
  /** Whose place this is. */
  readonly #record: RowKey | null
  readonly #others = new Map<string, { readonly other: Other<Json>; readonly heardAt: number }>()
  #list: readonly Other<Json>[] = []
  #mine: Record<string, Json> | null = null
  #isThere = false
  #stopWatching: (() => void) | null = null
  #sentAt = Number.NEGATIVE_INFINITY
  #cancelSend: (() => void) | null = null
  #cancelTick: (() => void) | null = null

  constructor(scope: string, definition: PresenceDefinition, clientId: string, port: PresencePort) {
    super()
    this.scope = scope
    this.#record = recordOfPlace(scope)
    this.#definition = definition
    this.#clientId = clientId
    this.#port = port
  }

  /** Shows this, merged into what was shown before. Throws `INVALID`. */
  set = (patch: object): void => {
    const checked = this.#definition.validate({ ...this.#mine, ...patch })
    if ('issues' in checked) throw new TidemarkError('INVALID', undefined, { issues: checked.issues })
    this.#mine = checked.value as Record<string, Json>
    this.#sendSoon()
    this.#tickLater()
  }

  leave = (): void => {
    if (this.#mine === null) return
    this.#mine = null
    this.#send()
  }

  /** `userId`: whose the node says it is; null: another tab of this browser said it. */
  received(bytes: Uint8Array, userId: string | null): void {
    const said = decodePresenceState(bytes)
    if (said === null || said.clientId === this.#clientId || !this.#isThere) return
    const { clientId, state } = said
    const isKnown = this.#others.has(clientId)
    if (state === null || state === undefined) this.#others.delete(clientId)
    else {
      const checked = this.#definition.validate(state)
      if ('issues' in checked) return
      const other = Object.freeze({ userId: userId ?? this.#port.userId, clientId, state: checked.value })
      this.#others.set(clientId, { other, heardAt: this.#port.clock.now() })
    }
    // Tabs tell each other, online or not.
    if (userId === null && !isKnown && state !== undefined && this.#mine !== null) this.#sendSoon()
    this.#show()
    this.#tickLater()
  }

  /** The connection is there, or gone: without it nobody is seen. */
  connected(isOnline: boolean): void {
    if (isOnline) {
      if (this.#isWanted) this.#send()
      return
    }
    this.#forgetOthers()
  }

  /** Records came into sight, or went. */
  looked(): void {
    if (this.#record !== null && this.#isWanted && this.#port.isInSight(this.#record) !== this.#isThere) this.#send()
  }

  close(): void {
    this.leave()
    this.#cancelSend?.()
    this.#cancelTick?.()
  }

  protected override mounted(): void {
    if (!this.#isThere) this.#send()
  }

  protected override unmounted(): void {
    if (this.#mine === null) this.#send()
  }

  protected compute(): readonly Other<Json>[] {
    return this.#list
  }

  protected isSame(a: readonly Other<Json>[], b: readonly Other<Json>[]): boolean {
    return a === b
  }

  get #isWanted(): boolean {
    return this.#mine !== null || this.isMounted
  }

  #forgetOthers(): void {
    if (this.#others.size === 0) return
    this.#others.clear()
    this.#show()
  }

  #show(): void {
    this.#list = Object.freeze([...this.#others.values()].map(({ other }) => other))
    this.refresh()
  }

  #sendSoon(): void {
    if (this.#cancelSend) return
    const wait = this.#sentAt + minGapMs - this.#port.clock.now()
    if (wait <= 0) this.#send()
    else this.#cancelSend = this.#port.clock.after(wait, () => this.#send())
  }

  #send(): void {
    this.#cancelSend?.()
    this.#cancelSend = null
    this.#sentAt = this.#port.clock.now()
    const wasThere = this.#isThere
    this.#watchRecord()
    this.#isThere = this.#isWanted && (this.#record === null || this.#port.isInSight(this.#record))
    // Who is not there is not told who goes.
    if (!this.#isThere) this.#forgetOthers()
    // Whom the node has out of sight of a record has left its place without a word.
    if (!this.#isThere && (this.#isWanted || !wasThere)) return
    const state = this.#isThere ? this.#mine : undefined
    this.#port.send(this.scope, encodePresenceState({ clientId: this.#clientId, state }))
  }

  #watchRecord(): void {
    if (this.#record === null) return
    if (this.#isWanted) this.#stopWatching ??= this.#port.watch(this.#record)
    else {
      this.#stopWatching?.()
      this.#stopWatching = null
    }
  }

  #tickLater(): void {
    if (this.#cancelTick || (this.#mine === null && this.#others.size === 0)) return
    this.#cancelTick = this.#port.clock.after(repeatMs, () => {
      this.#cancelTick = null
      const now = this.#port.clock.now()
      let isGone = false
      for (const [clientId, { heardAt }] of this.#others) {
        if (now - heardAt < silentMs) continue
        this.#others.delete(clientId)
        isGone = true
      }
      if (isGone) this.#show()
      if (this.#mine !== null) this.#send()
      this.#tickLater()
    })
  }
}

/** The places of this tab. */
export class PresenceRooms {
  readonly #port: PresencePort
  readonly #clientId: string
  readonly #rooms = new Map<string, PresenceRoom>()

  constructor(port: PresencePort) {
    this.#port = port
    this.#clientId = randomId(port.random)
  }

  room(presence: PresenceScope, onMount: () => void): PresenceRoom {
    const definition = presenceDefinitionOf(presence)
    const scope = placeScope(definition)
    const known = this.#rooms.get(scope)
    if (known) return known
    const collection = recordOfPlace(scope)?.collection
    if (collection !== undefined && !this.#port.schema.collectionByName.has(collection)) {
      throw new TidemarkError('BAD_CONFIG', `Name the collection ${collection} in the schema of createClient.`)
    }
    const room = new PresenceRoom(scope, definition, this.#clientId, this.#port)
    room.onMount = onMount
    this.#rooms.set(scope, room)
    return room
  }

  /** A state from elsewhere: from the node or from another tab of this browser. */
  received(scope: string, state: Uint8Array, userId: string | null): void {
    this.#rooms.get(scope)?.received(state, userId)
  }

  connected(isOnline: boolean): void {
    for (const room of this.#rooms.values()) room.connected(isOnline)
  }

  /** Records came into sight, or went. */
  looked(): void {
    for (const room of this.#rooms.values()) room.looked()
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close()
  }
}
