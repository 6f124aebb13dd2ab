import type { Answer, CommittedChange } from '@tidemark/core'
import { bodyScope } from '../presence/bodyScope.js'
import type { RecordKey } from '../store/Store.js'

/** One connection, as the changes of its workspace reach it. */
export interface DoorMember {
  /** The connection's replica, and its name on the presence bus. */
  readonly replica: string
  committed(changes: readonly CommittedChange[], answers: readonly Answer[]): void
  awarenessHeard(frame: Uint8Array): void
  gap(): void
}

/** The connections of this node that have the same body open. */
export class DoorRoom {
  readonly members = new Set<DoorMember>()

  constructor(readonly name: string) {}
}

/** Names a body's room on the presence bus, for native clients as well. */
export const roomName = ({ collection, id }: RecordKey): string => bodyScope(collection, id)
