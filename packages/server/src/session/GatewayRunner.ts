import { type Envelope, type ErrorCode, encodeNodeMessage } from '@tidemark/core'
import type { BaseUser, WorkspaceRole } from '../access/AccessRules.js'
import { shardOf } from '../authority/shardOf.js'
import type { Bus, BusPresence } from '../bus/Bus.js'
import type { Log } from '../log/Log.js'
import type { Metrics } from '../metrics/Metrics.js'
import type { Outlet } from '../socket/Outlet.js'
import type { Store, WorkspacePlace } from '../store/Store.js'
import { bodyOfScope } from './bodyScope.js'
import type { GatewayEffect } from './GatewayEffect.js'
import type { GatewaySession } from './GatewaySession.js'
import { type GatewayContext, WorkspaceGateway } from './WorkspaceGateway.js'

/** A session's connection, as its gateway uses it. */
export interface SessionLine {
  readonly outlet: Outlet
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
  readonly shardCount: number
  readonly metrics: Metrics
  readonly log: Log
}

/** Runs the gateways of the workspaces that this node's clients watch, each as long as somebody does. */
export class GatewayRunner {
  readonly #entryByWorkspace = new Map<string, Promise<Entry>>()

  constructor(private readonly parts: GatewayRunnerParts) {}

  /** Takes a session in. The gateway's position is at least the store's head of this moment. */
  async join(workspace: string, session: GatewaySession, line: SessionLine): Promise<GatewayHandle> {
    return this.#use(workspace, entry => {
      entry.lines.set(session.id, line)
      entry.gateway.joined(session)
      return {
        gateway: entry.gateway,
        apply: effects => this.#run(entry, effects),
        leave: () => {
          entry.lines.delete(session.id)
          entry.gateway.left(session.id)
          this.#forgetIfUnused(entry)
        },
      }
    })
  }

  /** Where the workspace stands, made if it is new. */
  async place(workspace: string): Promise<WorkspacePlace> {
    return this.parts.store.open(workspace, shardOf(workspace, this.parts.shardCount))
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
    const unsubscribe = this.parts.bus.subscribe(workspace, envelope => receive(envelope))
    try {
      const { head, incarnation } = await this.place(workspace)
      const gateway = new WorkspaceGateway(head, incarnation, this.parts.context)
      const entry: Entry = {
        workspace,
        gateway,
        unsubscribe,
        lines: new Map(),
        listeners: new Set(),
        isForgotten: false,
      }
      const stopPresence = this.parts.bus.subscribePresence(workspace, presence => this.#presence(entry, presence))
      entry.unsubscribe = () => {
        unsubscribe()
        stopPresence()
      }
      receive = envelope => this.#published(entry, envelope)
      for (const envelope of early) receive(envelope)
      return entry
    } catch (error) {
      unsubscribe()
      throw error
    }
  }

  #published(entry: Entry, envelope: Envelope): void {
    const { fact, effects } = entry.gateway.published(envelope)
    this.#run(entry, effects)
    for (const listener of [...entry.listeners]) {
      if (fact === 'hole') listener.gap()
      else if (fact === 'delivered') listener.committed(envelope)
    }
  }

  /** Presence of a body goes to whoever watches it here and may see it; a slow client misses some. */
  #presence(entry: Entry, { scope, state, from }: BusPresence): void {
    const body = bodyOfScope(scope)
    if (body === null) return
    const frame = encodeNodeMessage({ type: 'presence', scope, state }, this.parts.context.table)
    for (const session of entry.gateway.bodyWatchers(body.collection, body.id)) {
      if (session !== from) this.#run(entry, [{ kind: 'send', session, frame }])
    }
  }

  #run(entry: Entry, effects: readonly GatewayEffect[]): void {
    const { metrics } = this.parts
    for (const effect of effects) {
      const line = entry.lines.get(effect.session)
      if (line === undefined) continue
      switch (effect.kind) {
        case 'send':
          metrics.count('framesSent')
          metrics.count('bytesSent', {}, effect.frame.byteLength)
          if (!line.outlet.send(effect.frame)) {
            metrics.count('queueOverflows')
            entry.gateway.overflowed(effect.session)
          }
          break
        case 'sendPart':
          metrics.count('catchUpParts', { way: effect.way })
          metrics.count('catchUpBytes', { way: effect.way }, effect.frame.byteLength)
          line.outlet.sendPart(effect.frame)
          if (!effect.isLast) line.outlet.pull()
          break
        case 'dropQueue':
          line.outlet.clear()
          break
        case 'read':
          void this.#read(entry, effect)
          break
        case 'readRights':
          void this.#readRights(entry, effect.session, line)
          break
        case 'close':
          line.close(effect.code, effect.message)
          break
      }
    }
  }

  async #read(entry: Entry, { session, round, reads }: Extract<GatewayEffect, { kind: 'read' }>): Promise<void> {
    try {
      const { head, ...results } = await this.parts.store.read(entry.workspace, reads)
      this.#run(entry, entry.gateway.readDone(session, round, head, results))
    } catch (error) {
      this.parts.log.error({ error, workspace: entry.workspace, session }, 'a catch-up could not be read')
      this.#run(entry, entry.gateway.readFailed(session))
    }
  }

  async #readRights(entry: Entry, session: string, line: SessionLine): Promise<void> {
    const rights = await line.readRights().catch(() => null)
    this.#run(entry, entry.gateway.rightsRead(session, rights))
  }

  #forgetIfUnused(entry: Entry): void {
    if (entry.isForgotten || entry.gateway.sessionCount > 0 || entry.listeners.size > 0) return
    entry.isForgotten = true
    entry.unsubscribe()
    this.#entryByWorkspace.delete(entry.workspace)
  }
}

/** A session's side of its workspace's gateway. */
export interface GatewayHandle {
  readonly gateway: WorkspaceGateway
  apply(effects: readonly GatewayEffect[]): void
  leave(): void
}

interface Entry {
  readonly workspace: string
  readonly gateway: WorkspaceGateway
  unsubscribe: () => void
  readonly lines: Map<string, SessionLine>
  readonly listeners: Set<FeedListener>
  isForgotten: boolean
}
