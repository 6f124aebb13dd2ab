import type { Envelope, ErrorCode } from '@tidemark/core'
import type { BaseUser, WorkspaceRole } from '../access/AccessRules.js'
import { shardOf } from '../authority/shardOf.js'
import { type Bus, changesOf } from '../bus/Bus.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { NodePresence } from '../presence/NodePresence.js'
import type { Arrivals } from '../socket/Arrivals.js'
import type { Outlet } from '../socket/Outlet.js'
import type { Standing, Store } from '../store/Store.js'
import type { GatewayEffect } from './GatewayEffect.js'
import { GatewayPresence } from './GatewayPresence.js'
import type { GatewaySession } from './GatewaySession.js'
import { SessionReads } from './SessionReads.js'
import { type GatewayContext, WorkspaceGateway } from './WorkspaceGateway.js'

/** A session's connection, as its gateway uses it. */
export interface SessionLine {
  readonly outlet: Outlet
  /** All that waited was dropped: what is not the workspace's is to be said again. */
  dropped(): void
  /** Says goodbye with the code's sentence, or this message, and closes. */
  close(code: ErrorCode, message?: string): void
  /** Asks the app again who this is; null: refused. */
  readRights(): Promise<{ readonly user: BaseUser; readonly role: WorkspaceRole } | null>
}

/** Someone on this node who follows a workspace's committed changes in order. */
export interface FeedListener {
  committed(envelope: Envelope): void
  /** Envelopes are missing: what they held is in the store. */
  gap(): void
}

export interface GatewayRunnerParts {
  readonly context: GatewayContext
  readonly store: Store
  readonly bus: Bus
  readonly presence: NodePresence
  readonly shardCount: number
  readonly metrics: Metrics
  readonly log: Log
  readonly answers: AnswerListener
  readonly arrivals: Arrivals
}

/** Who keeps mutations until their answers have come by here. */
export interface AnswerListener {
  answered(workspace: string, replica: string, number: number): void
  /** No session of the replica is here any more. */
  forgotten(workspace: string, replica: string): void
}

/** Runs the gateways of the workspaces that this node's clients watch, each as long as somebody does. */
export class GatewayRunner {
  readonly #entryByWorkspace = new Map<string, Promise<Entry>>()
  /** What takes their envelopes, from before they are open. */
  readonly #receiveByWorkspace = new Map<string, (envelope: Envelope) => void>()
  /** Those of them that are open. */
  readonly #openByWorkspace = new Map<string, Entry>()

  readonly #reads: SessionReads

  constructor(private readonly parts: GatewayRunnerParts) {
    this.#reads = new SessionReads(parts.store, parts.context.limits.catchUpReads, parts.arrivals)
  }

  /** Whether so many wait, to be let in or for what they lack, that others are to come later. */
  get isCrowded(): boolean {
    return this.#reads.waitingCount >= this.parts.context.limits.waitingCatchUps
  }

  /** The workspaces that somebody here watches. */
  get watched(): readonly string[] {
    return [...this.#openByWorkspace.keys()]
  }

  /** Where the feed of a watched workspace stands. */
  positionOf(workspace: string): number | undefined {
    return this.#openByWorkspace.get(workspace)?.gateway.position
  }

  /** Committed at this very node: that is told here even if the bus does not carry it. */
  committedHere(envelope: Envelope): void {
    this.#receiveByWorkspace.get(envelope.workspace)?.(envelope)
  }

  /** Changes up to this head were committed, and did not come. */
  missing(workspace: string, head: number): void {
    const entry = this.#openByWorkspace.get(workspace)
    if (entry === undefined || head <= entry.gateway.position) return
    this.#run(entry, entry.gateway.missed(head))
    this.#reads.feedMoved(workspace, head)
    for (const listener of [...entry.listeners]) listener.gap()
  }

  /**
   * The head before a newcomer's rights are asked for, or one before it: where the feed stands of what is watched here
   * already. 0 for a workspace that is not there: strangers make none by asking. Null if it has gone meanwhile.
   */
  async arrival(workspace: string, isHere: () => boolean): Promise<number | null> {
    const position = this.positionOf(workspace)
    return position ?? (await this.#reads.standing(workspace, null, isHere))?.head ?? null
  }

  /** What is known of a replica, and the head at that moment; null if it has gone meanwhile. */
  standing(workspace: string, replica: string, isHere: () => boolean): Promise<Standing | null> {
    return this.#reads.standing(workspace, replica, isHere)
  }

  /**
   * Takes a session in, whose rights were asked for when the head was `rightsAt` or later and known when it was `knownAt`
   * or earlier.
   */
  async join(
    workspace: string,
    session: GatewaySession,
    line: SessionLine,
    { rightsAt, knownAt }: { readonly rightsAt: number; readonly knownAt: number },
  ): Promise<GatewayHandle> {
    return this.#use(workspace, entry => {
      entry.lines.set(session.id, line)
      this.#reads.joined(session.id, knownAt)
      this.#run(entry, entry.gateway.joined(session, rightsAt))
      entry.presence.joined(session)
      return {
        gateway: entry.gateway,
        incarnation: entry.incarnation,
        apply: effects => this.#run(entry, effects),
        overflowed: () => this.#overflowed(entry, session.id),
        show: (scope, state) => entry.presence.said(session.id, scope, state),
        leave: isOnPurpose => {
          entry.lines.delete(session.id)
          this.#reads.left(session.id)
          entry.gateway.left(session.id)
          const { replica } = session
          if (entry.gateway.sessionsOf(replica).length === 0) this.parts.answers.forgotten(workspace, replica)
          entry.presence.left(session.id, isOnPurpose)
          this.#forgetIfUnused(entry)
        },
      }
    })
  }

  /** Every change after `head`, in order and without a hole, until `stop`. */
  async listen(
    workspace: string,
    listener: FeedListener,
  ): Promise<{ readonly head: number; readonly stop: () => void }> {
    return this.#use(workspace, entry => {
      entry.listeners.add(listener)
      const stop = () => {
        entry.listeners.delete(listener)
        this.#forgetIfUnused(entry)
      }
      return { head: entry.gateway.position, stop }
    })
  }

  /** Closes the sessions of a replica whose mutation cannot be there. */
  async misplaced(workspace: string, replica: string, code: ErrorCode): Promise<void> {
    const entry = await this.#entryByWorkspace.get(workspace)
    if (entry === undefined) return
    for (const id of entry.gateway.sessionsOf(replica)) entry.lines.get(id)?.close(code)
  }

  #entry(workspace: string): Promise<Entry> {
    const known = this.#entryByWorkspace.get(workspace)
    if (known !== undefined) return known
    const opening = this.#open(workspace)
    this.#entryByWorkspace.set(workspace, opening)
    opening.catch(() => this.#entryByWorkspace.delete(workspace))
    return opening
  }

  /** The entry, kept from being forgotten until the caller has joined or listens. */
  async #use<T>(workspace: string, use: (entry: Entry) => T): Promise<T> {
    for (;;) {
      const entry = await this.#entry(workspace)
      if (!entry.isForgotten) return use(entry)
    }
  }

  /** The position is taken before anything is read, and what is published meanwhile is kept: no hole between them. */
  async #open(workspace: string): Promise<Entry> {
    const early: Envelope[] = []
    let receive = (envelope: Envelope): void => void early.push(envelope)
    const { started, stop } = this.parts.bus.subscribe(changesOf(workspace), envelope => receive(envelope))
    this.#receiveByWorkspace.set(workspace, envelope => receive(envelope))
    try {
      await started
      // Made if it is new.
      const { head, incarnation } = await this.parts.store.open(workspace, shardOf(workspace, this.parts.shardCount))
      const { context, presence } = this.parts
      const gateway = new WorkspaceGateway(head, incarnation, context)
      const lines = new Map<string, SessionLine>()
      const entry: Entry = {
        workspace,
        incarnation,
        gateway,
        presence: new GatewayPresence(gateway, lines, context.table, hear => presence.enter(workspace, hear)),
        unsubscribe: stop,
        lines,
        listeners: new Set(),
        isForgotten: false,
      }
      this.#openByWorkspace.set(workspace, entry)
      receive = envelope => this.#published(entry, envelope)
      for (const envelope of early) receive(envelope)
      return entry
    } catch (error) {
      this.#receiveByWorkspace.delete(workspace)
      stop()
      throw error
    }
  }

  #published(entry: Entry, envelope: Envelope): void {
    const { fact, effects } = entry.gateway.published(envelope)
    this.#reads.feedMoved(entry.workspace, entry.gateway.position)
    this.#run(entry, effects)
    const { answers } = this.parts
    for (const { replica, answer } of envelope.answers) answers.answered(entry.workspace, replica, answer.number)
    for (const listener of [...entry.listeners]) {
      if (fact === 'hole') listener.gap()
      else if (fact === 'delivered') listener.committed(envelope)
    }
  }

  #run(entry: Entry, effects: readonly GatewayEffect[]): void {
    const { metrics } = this.parts
    for (const effect of effects) {
      const line = entry.lines.get(effect.session)
      if (line === undefined) continue
      switch (effect.kind) {
        case 'send':
          if (!line.outlet.send(effect.frame)) this.#overflowed(entry, effect.session)
          break
        case 'sendPart':
          metrics.count('catchUpParts', { way: effect.way })
          metrics.count('catchUpBytes', { way: effect.way }, effect.frame.byteLength)
          line.outlet.sendPart(effect.frame)
          if (!effect.isLast) line.outlet.pull()
          break
        case 'sendEnd':
          line.outlet.sendPart(effect.frame)
          break
        case 'dropQueue':
          line.outlet.clear()
          line.dropped()
          break
        case 'read':
          void this.#read(entry, effect)
          break
        case 'readRights':
          void this.#readRights(entry, effect.session, line)
          break
        case 'bodiesCame':
          entry.presence.bodiesCame(effect.session, effect.bodies)
          break
        case 'lostSight':
          entry.presence.lostSight(effect.session)
          break
        case 'close':
          line.close(effect.code, effect.message)
          break
      }
    }
  }

  #overflowed(entry: Entry, session: string): void {
    const effects = entry.gateway.overflowed(session)
    if (effects.length > 0) this.parts.metrics.count('queueOverflows')
    this.#run(entry, effects)
  }

  async #read(entry: Entry, { session, round, reads }: Extract<GatewayEffect, { kind: 'read' }>): Promise<void> {
    try {
      const { gateway, workspace } = entry
      const reading = await this.#reads.lacking({ workspace, session, position: () => gateway.position }, reads)
      this.#run(entry, gateway.readDone(session, round, reading.head, reading))
    } catch (error) {
      this.#readFailed(entry, session, error)
    }
  }

  async #readRights(entry: Entry, session: string, line: SessionLine): Promise<void> {
    const rights = await line.readRights().catch(() => null)
    try {
      if (await this.#reads.rightsKnown(entry.workspace, session)) {
        this.#run(entry, entry.gateway.rightsRead(session, rights))
      }
    } catch (error) {
      this.#readFailed(entry, session, error)
    }
  }

  #readFailed(entry: Entry, session: string, error: unknown): void {
    this.parts.log.error({ error, workspace: entry.workspace, session }, 'what a session lacks could not be read')
    this.#run(entry, entry.gateway.readFailed(session))
  }

  #forgetIfUnused(entry: Entry): void {
    if (entry.isForgotten || entry.gateway.sessionCount > 0 || entry.listeners.size > 0) return
    entry.isForgotten = true
    entry.unsubscribe()
    entry.presence.leave()
    this.#entryByWorkspace.delete(entry.workspace)
    this.#openByWorkspace.delete(entry.workspace)
    this.#receiveByWorkspace.delete(entry.workspace)
    this.#reads.unwatched(entry.workspace)
  }
}

/** A session's side of its workspace's gateway. */
export interface GatewayHandle {
  readonly gateway: WorkspaceGateway
  /** The workspace's. */
  readonly incarnation: string
  apply(effects: readonly GatewayEffect[]): void
  /** A frame that did not come through here was not taken. */
  overflowed(): void
  /** What the session says of itself at a scope. */
  show(scope: string, state: Uint8Array): void
  leave(isOnPurpose: boolean): void
}

interface Entry {
  readonly workspace: string
  readonly incarnation: string
  readonly gateway: WorkspaceGateway
  readonly presence: GatewayPresence
  readonly unsubscribe: () => void
  readonly lines: Map<string, SessionLine>
  readonly listeners: Set<FeedListener>
  isForgotten: boolean
}
