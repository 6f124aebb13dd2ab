import type { Answer, CommittedChange, Envelope } from '@tidemark/core'
import type { BusPresence } from '../bus/Bus.js'
import type { NodePort } from '../NodePort.js'
import type { RecordKey } from '../store/Store.js'
import { type AwarenessEntry, encodeAwareness, readAwareness } from './awarenessUpdate.js'
import { type DoorMember, DoorRoom, roomName } from './DoorRoom.js'
import { awarenessFrame } from './doorMessage.js'

/** Brings what is committed and shown in one workspace to the connections that have to do with it. */
export class DoorWorkspace {
  readonly #roomByName = new Map<string, DoorRoom>()
  readonly #memberByReplica = new Map<string, DoorMember>()
  #listening: Promise<{ stop(): void }> | null = null
  #stopPresence: (() => void) | null = null
  /** Connections that know this, whether they have joined or not. */
  users = 0

  constructor(
    private readonly port: NodePort,
    private readonly workspace: string,
  ) {}

  /** The member, who has rights here, hears of everything that is committed once the promise has resolved. */
  async join(member: DoorMember, key: RecordKey): Promise<void> {
    const name = roomName(key)
    const room = this.#roomByName.get(name) ?? new DoorRoom(name)
    this.#roomByName.set(name, room)
    room.members.add(member)
    this.#memberByReplica.set(member.replica, member)
    this.#stopPresence ??= this.port.onPresence(this.workspace, presence => this.#shown(presence))
    this.#listening ??= this.port.listen(this.workspace, {
      committed: envelope => this.#committed(envelope),
      gap: () => {
        for (const other of [...this.#memberByReplica.values()]) other.gap()
      },
    })
    try {
      await this.#listening
    } catch (error) {
      this.#listening = null
      throw error
    }
  }

  /** `isOnPurpose`: the client said goodbye; else the connection was lost and it may be back in a moment. */
  leave(member: DoorMember, key: RecordKey, isOnPurpose: boolean): void {
    const room = this.#roomByName.get(roomName(key))
    if (room === undefined || !room.members.delete(member)) return
    this.#memberByReplica.delete(member.replica)
    const withdrawn = room.board.left(member.replica, isOnPurpose)
    if (withdrawn.length > 0) this.#publish(room, member.replica, withdrawn)
    if (room.members.size === 0) this.#roomByName.delete(room.name)
  }

  stop(): void {
    this.#stopPresence?.()
    this.#listening?.then(
      listening => listening.stop(),
      () => {},
    )
  }

  /** Who may speak of itself in the body's room from now on. */
  known(member: DoorMember, key: RecordKey, userId: string): void {
    this.#roomByName.get(roomName(key))?.board.joined(member.replica, userId)
  }

  announced(member: DoorMember, key: RecordKey, entries: readonly AwarenessEntry[], nowMs: number): void {
    const room = this.#roomByName.get(roomName(key))
    if (room === undefined) return
    const own = room.board.announced(member.replica, entries, nowMs)
    if (own.length > 0) this.#publish(room, member.replica, own)
  }

  /** What is shown in the body's room now. */
  shownIn(key: RecordKey, nowMs: number): readonly AwarenessEntry[] {
    return this.#roomByName.get(roomName(key))?.board.states(nowMs) ?? []
  }

  #publish(room: DoorRoom, from: string, entries: readonly AwarenessEntry[]): void {
    this.port.publishPresence(this.workspace, { scope: room.name, from, state: encodeAwareness(entries) })
  }

  #shown({ scope, from, state }: BusPresence): void {
    const room = this.#roomByName.get(scope)
    if (room === undefined) return
    const entries = readOrNull(state)
    if (entries === null) return
    room.board.heard(from, entries, this.port.clock.now())
    const frame = awarenessFrame(entries)
    for (const member of [...room.members]) member.awarenessHeard(frame)
  }

  /** Each member is told once of an envelope, and only of one that has something for it. */
  #committed({ changes, answers }: Envelope): void {
    const toldByMember = new Map<DoorMember, { changes: CommittedChange[]; answers: Answer[] }>()
    const toldTo = (member: DoorMember) => {
      const told = toldByMember.get(member) ?? { changes: [], answers: [] }
      toldByMember.set(member, told)
      return told
    }
    for (const change of changes) {
      // Every member asks itself whether a change of rights is about its user.
      const concerned =
        change.kind === 'access' ? this.#memberByReplica.values() : this.#roomByName.get(roomName(change))?.members
      for (const member of concerned ?? []) toldTo(member).changes.push(change)
    }
    for (const { replica, answer } of answers) {
      const member = this.#memberByReplica.get(replica)
      if (member !== undefined) toldTo(member).answers.push(answer)
    }
    for (const [member, told] of toldByMember) member.committed(told.changes, told.answers)
  }
}

/** Native clients publish into the same rooms: what makes no sense stays here. */
function readOrNull(state: Uint8Array): AwarenessEntry[] | null {
  try {
    return readAwareness(state)
  } catch {
    return null
  }
}
