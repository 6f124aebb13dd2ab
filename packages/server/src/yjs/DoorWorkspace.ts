import type { Answer, CommittedChange, Envelope } from '@tidemark/core'
import type { BusPresence } from '../bus/Bus.js'
import type { NodePort } from '../NodePort.js'
import type { AwarenessEntry } from '../presence/awarenessUpdate.js'
import type { PresenceSeat } from '../presence/NodePresence.js'
import type { RecordKey } from '../store/Store.js'
import { type DoorMember, DoorRoom, roomName } from './DoorRoom.js'
import { awarenessFrameOf } from './doorMessage.js'

/** Brings what is committed and shown in one workspace to the connections that have to do with it. */
export class DoorWorkspace {
  readonly #roomByName = new Map<string, DoorRoom>()
  readonly #memberByReplica = new Map<string, DoorMember>()
  #listening: Promise<{ stop(): void }> | null = null
  #presence: PresenceSeat | null = null
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
    this.#presence ??= this.port.presence.enter(this.workspace, presence => this.#shown(presence))
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
    this.#presence?.ended(member.replica, isOnPurpose)
    if (room.members.size === 0) this.#roomByName.delete(room.name)
  }

  stop(): void {
    this.#presence?.leave()
    this.#listening?.then(
      listening => listening.stop(),
      () => {},
    )
  }

  /** The member may speak of itself from now on. */
  known({ replica }: DoorMember, userId: string): void {
    this.#presence?.joined(replica, userId, replica)
  }

  announced({ replica }: DoorMember, key: RecordKey, entries: readonly AwarenessEntry[]): void {
    this.#presence?.announced(replica, roomName(key), entries)
  }

  /** What is shown in the body's room now, as frames. */
  shownIn(key: RecordKey): Uint8Array[] {
    return this.#presence?.shownOf(roomName(key)).map(({ state }) => awarenessFrameOf(state)) ?? []
  }

  /** To everyone, whoever said it: a stock provider waits for its own echo. */
  #shown({ scope, state }: BusPresence): void {
    const room = this.#roomByName.get(scope)
    if (room === undefined) return
    const frame = awarenessFrameOf(state)
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
