import { encodeNodeMessage, recordOfPlace, type SchemaTable } from '@tidemark/core'
import type { BusPresence } from '../bus/Bus.js'
import { bodyOfScope, bodyScope } from '../presence/bodyScope.js'
import type { PresenceSeat } from '../presence/NodePresence.js'
import type { Outlet } from '../socket/Outlet.js'
import type { RecordKey } from '../store/Store.js'
import type { GatewaySession } from './GatewaySession.js'
import { type Subject, subjectName } from './View.js'
import type { WorkspaceGateway } from './WorkspaceGateway.js'

/** What is shown at a place is told to a newcomer even if parts of a catch-up have not left yet: so many bytes. */
const toldBeside = 128 << 10

/**
 * Presence of one workspace as this node's sessions take part in it. Whoever speaks or hears of a body or at a record's
 * place has it in sight: that is asked when something is said, and again when it is told; who loses sight of it is there
 * no more. [G11]
 */
export class GatewayPresence {
  readonly #seat: PresenceSeat

  constructor(
    private readonly gateway: WorkspaceGateway,
    private readonly lines: ReadonlyMap<string, { readonly outlet: Outlet }>,
    private readonly table: SchemaTable,
    enter: (hear: (shown: BusPresence) => void) => PresenceSeat,
  ) {
    this.#seat = enter(shown => this.#shown(shown))
  }

  joined({ id, user, replica }: GatewaySession): void {
    this.#seat.joined(id, user.userId, replica)
  }

  said(session: string, scope: string, state: Uint8Array): void {
    if (!this.gateway.isKnown(session)) return
    this.#tell(session, this.#seat.said(session, scope, state, this.#mayBeAt(session, scope)))
  }

  /** The session has these in sight now. */
  bodiesCame(session: string, bodies: readonly RecordKey[]): void {
    for (const { collection, id } of bodies) this.#tell(session, this.#seat.shownOf(bodyScope(collection, id)))
  }

  /** The session has less in sight than before. */
  lostSight(session: string): void {
    this.#seat.movedOut(session, scope => this.#mayBeAt(session, scope))
  }

  left(session: string, isOnPurpose: boolean): void {
    this.#seat.ended(session, isOnPurpose)
  }

  /** Nobody of this node is in the workspace any more. */
  leave(): void {
    this.#seat.leave()
  }

  /** What is shown of a body goes to whoever watches it here and may see it; at a place to whoever is there, and may be. */
  #shown(shown: BusPresence): void {
    const { gateway, lines } = this
    const subject = subjectOf(shown.scope)
    const name = subject && subjectName(subject)
    const frame = this.#frameOf(shown)
    for (const session of subject?.kind === 'body' ? gateway.bodyWatchers(subject) : this.#seat.at(shown.scope)) {
      const mayHear = name === null ? gateway.isKnown(session) : gateway.sees(session, name)
      if (mayHear && session !== shown.from) lines.get(session)?.outlet.sendPassing(frame)
    }
  }

  #mayBeAt(session: string, scope: string): boolean {
    const subject = subjectOf(scope)
    return subject === null || this.gateway.sees(session, subjectName(subject))
  }

  #tell(session: string, shown: readonly BusPresence[]): void {
    const outlet = this.lines.get(session)?.outlet
    for (const one of shown) outlet?.sendPassing(this.#frameOf(one), toldBeside)
  }

  #frameOf({ scope, userId, state }: BusPresence): Uint8Array {
    return encodeNodeMessage({ type: 'presence', scope, userId, state }, this.table)
  }
}

/** What only those may speak and hear of who have it in sight; null at places for the whole workspace. */
function subjectOf(scope: string): Subject | null {
  const body = bodyOfScope(scope)
  if (body !== null) return { kind: 'body', ...body }
  const record = recordOfPlace(scope)
  return record && { kind: 'rows', ...record }
}
