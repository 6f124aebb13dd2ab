import type { BaseUser } from '../access/AccessRules.js'
import type { CatchUpRound } from './CatchUpRound.js'
import type { Watch } from './Watch.js'

/** What the gateway of a workspace knows of one connected client. */
export class GatewaySession {
  readonly watchBySubId = new Map<number, Watch>()
  /** Those of them that are not live. */
  readonly notLive = new Set<Watch>()
  /** What is being served to watches that lack something. */
  round: CatchUpRound | null = null
  /** Rights are being looked at again: nothing is told until they are known. */
  isSuspended = false
  /** Its queue was dropped: nothing is told until it reads again. */
  isBehind = false
  /** Answers that the replica may lack are to be read from the store. */
  answersDue: boolean
  /** Nothing is told before the client has said what it wants. */
  hasSubscribed = false
  /** The queue takes another part of a snapshot. */
  hasRoom = true

  constructor(
    readonly id: string,
    readonly replica: string,
    public user: BaseUser,
    public role: 'read' | 'write',
    /** The greatest number whose answer the client has, as it last said. */
    public answered: number,
    lastNumber: number,
  ) {
    this.answersDue = lastNumber > answered
  }

  /** Everything that was promised up to the feed's position has been told. */
  get isCaughtUp(): boolean {
    return (
      this.hasSubscribed &&
      this.notLive.size === 0 &&
      this.round === null &&
      !this.isSuspended &&
      !this.isBehind &&
      !this.answersDue
    )
  }
}
