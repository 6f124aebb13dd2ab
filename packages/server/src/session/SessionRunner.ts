import {
  type ErrorCode,
  encodeNodeMessage,
  errorEntry,
  errors,
  type Hello,
  isTidemarkError,
  type NodeMessage,
  TidemarkError,
} from '@tidemark/core'
import type { BaseUser, WorkspaceRole } from '../access/AccessRules.js'
import { isFault } from '../access/isFault.js'
import type { Outlet } from '../socket/Outlet.js'
import type { ServerSocket } from '../socket/ServerSocket.js'
import type { GatewayHandle, SessionLine } from './GatewayRunner.js'
import { GatewaySession } from './GatewaySession.js'
import { ServerSession, type SessionEffect } from './ServerSession.js'
import type { SessionHost } from './SessionHost.js'

/** After so many seconds of silence towards a client it is told how far it has been served. */
const heartbeatTicks = 8
/** About when who finds a crowd here is to come again. */
const crowdRetryMs = 2_000
/** A client sends at least a ping every 25 s: one that is silent for longer is gone. */
const silentTicks = 60

/** Runs one client connection: its protocol machine, its place in the gateway, its way out. */
export class SessionRunner implements SessionLine {
  readonly outlet: Outlet
  readonly #session: ServerSession
  #handle: GatewayHandle | null = null
  #member: GatewaySession | null = null
  #hello: Hello | null = null
  #workspace = ''
  #isClosed = false
  #heardAt: number
  #cancelBeat: () => void = () => undefined
  readonly #timers = new Set<() => void>()

  constructor(
    private readonly id: string,
    private readonly node: SessionHost,
    socket: ServerSocket,
    private readonly headers: Record<string, string | undefined>,
  ) {
    this.#session = new ServerSession(node.limits)
    this.#heardAt = node.wheel.now
    const drained = () => this.#handle?.apply(this.#handle.gateway.drained(this.id))
    const recovered = () => {
      this.dropped()
      drained()
    }
    this.outlet = node.flusher.attach(socket, { readyForPart: drained, recovered })
    this.#after(node.limits.helloMs, () => this.#run(this.#session.helloTimedOut()))
  }

  received(frame: Uint8Array): void {
    if (this.#isClosed) return
    this.#heardAt = this.node.wheel.now
    this.node.metrics.count('framesReceived')
    this.node.metrics.count('bytesReceived', {}, frame.byteLength)
    try {
      this.#run(this.#session.frameReceived(frame, this.node.scheduler.now()))
    } catch (error) {
      this.node.log.error({ error, session: this.id }, 'a session failed')
      this.close('INTERNAL')
    }
  }

  /** The connection is gone: the client said goodbye, or it was lost. */
  disconnected(isOnPurpose = false): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.outlet.detach()
    this.#end(isOnPurpose)
  }

  dropped(): void {
    this.#run(this.#session.dropped())
  }

  close(code: ErrorCode, message?: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#member !== null && isFault(code)) {
      this.node.faultRate.take(this.#member.user.userId, this.node.scheduler.now())
    }
    const entry = errorEntry(code)
    const sentence = message ?? entry.sentence
    this.node.metrics.count('closes', { code })
    this.node.log.debug({ session: this.id, workspace: this.#workspace, code, sentence }, 'closed a session')
    this.outlet.send(this.#encode({ type: 'goodbye', code, message: sentence }))
    this.outlet.close(entry.close ?? errors.INTERNAL.close, code)
    // Who may come again by itself is as good as here.
    this.#end(entry.retry === 'never')
  }

  async readRights(): Promise<{ readonly user: BaseUser; readonly role: WorkspaceRole } | null> {
    const hello = this.#hello
    if (hello === null) return null
    const user = await this.node.authenticate(hello.token, this.headers)
    return { user, role: await this.node.access.role(user, hello.workspace) }
  }

  #run(effects: readonly SessionEffect[]): void {
    for (const effect of effects) {
      if (this.#isClosed) return
      switch (effect.kind) {
        case 'authenticate':
          this.#greetInTurn(effect.hello)
          break
        case 'subscribe':
          this.#handle?.apply(this.#handle.gateway.subscribed(this.id, effect.subscriptions))
          break
        case 'unsubscribe':
          this.#handle?.apply(this.#handle.gateway.unsubscribed(this.id, effect.subIds))
          break
        case 'submit':
          this.#submit(effect)
          break
        case 'busy':
          this.#say({ type: 'busy', retryAfterMs: effect.retryAfterMs })
          break
        case 'presence':
          this.#handle?.show(effect.scope, effect.state)
          break
        case 'close':
          this.close(effect.code, effect.message)
          break
      }
    }
  }

  #greetInTurn(hello: Hello): void {
    const { node } = this
    this.#hello = hello
    this.#workspace = hello.workspace
    const isHere = (): boolean => !this.#isClosed
    const letIn = (): void => void this.#greet(hello).catch(error => this.#failed(error))
    if (!node.gateways.isCrowded && node.arrivals.greets({ isHere, letIn })) return
    this.#say({ type: 'busy', retryAfterMs: Math.round(crowdRetryMs * (0.5 + node.random.fraction())) })
    this.close('BUSY')
  }

  async #greet(hello: Hello): Promise<void> {
    const { node } = this
    const isHere = (): boolean => !this.#isClosed
    const rightsAt = await node.gateways.arrival(hello.workspace, isHere)
    if (rightsAt === null) return
    const user = await node.authenticate(hello.token, this.headers)
    if (user.userId !== hello.userId) throw new TidemarkError('WRONG_USER')
    const retryAfterMs = node.faultRate.waitMs(user.userId, node.scheduler.now())
    if (retryAfterMs > 0) {
      this.#say({ type: 'busy', retryAfterMs })
      throw new TidemarkError('BUSY')
    }
    const role = await node.access.role(user, hello.workspace)
    if (role === 'none') throw new TidemarkError('FORBIDDEN')
    const standing = await node.gateways.standing(hello.workspace, hello.replica, isHere)
    if (standing === null) return
    const { known, head: knownAt } = standing
    if (known !== undefined && known.userId !== user.userId) throw new TidemarkError('WRONG_USER')
    if (this.#isClosed) return
    const lastNumber = known?.lastNumber ?? 0
    const member = new GatewaySession(this.id, hello.replica, user, role, hello.answered, lastNumber)
    const handle = await node.gateways.join(hello.workspace, member, this, { rightsAt, knownAt })
    if (this.#isClosed) {
      handle.leave(false)
      return
    }
    this.#handle = handle
    this.#member = member
    const now = node.scheduler.now()
    this.#session.opened(now)
    this.#say({
      type: 'welcome',
      node: node.label,
      userId: user.userId,
      role,
      now,
      incarnation: handle.incarnation,
      epoch: 0,
      head: handle.gateway.position,
      lastNumber: known === undefined ? null : lastNumber,
      maxFrameBytes: node.limits.frameBytes,
      table: hello.schemaHash === node.schema.hash ? null : node.table,
    })
    this.#beatIn(heartbeatTicks)
    if (user.expiresAt !== undefined) this.#after(user.expiresAt - now, () => this.close('UNAUTHORIZED'))
  }

  #submit({ answered, entry }: Extract<SessionEffect, { kind: 'submit' }>): void {
    const { node } = this
    const member = this.#member
    if (member === null || this.#handle === null) return
    this.#handle.gateway.pushed(this.id, answered, entry.number)
    const isFull = node.waitingCount(this.#workspace) >= node.limits.waitingMutations
    if (isFull || member.isSuspended) {
      this.#run(this.#session.refuseFrom(entry.number))
      return
    }
    const { replica, user, role } = member
    node.submit(this.#workspace, {
      kind: 'replica',
      replica,
      user,
      role,
      answered: member.answered,
      entry,
    })
  }

  #beatIn(ticks: number): void {
    this.#cancelBeat = this.node.wheel.after(ticks, () => this.#beat())
  }

  #beat(): void {
    const { now } = this.node.wheel
    if (now - this.#heardAt > silentTicks) {
      this.close('HEARTBEAT_LOST')
      return
    }
    const left = this.outlet.saidAt + heartbeatTicks - now
    if (left <= 0) this.#handle?.apply(this.#handle.gateway.heartbeat(this.id))
    if (!this.#isClosed) this.#beatIn(left > 0 ? left : heartbeatTicks)
  }

  #failed(error: unknown): void {
    if (isTidemarkError(error) && errorEntry(error.code as ErrorCode).close !== undefined) {
      this.close(error.code as ErrorCode, error.message)
      return
    }
    this.node.log.error({ error, session: this.id }, 'greeting a client failed')
    this.close('INTERNAL')
  }

  #say(message: NodeMessage): void {
    if (!this.outlet.send(this.#encode(message))) this.#handle?.overflowed()
  }

  #encode(message: NodeMessage): Uint8Array {
    return encodeNodeMessage(message, this.node.table)
  }

  #after(ms: number, fn: () => void): void {
    const cancel = this.node.scheduler.after(ms, () => {
      this.#timers.delete(cancel)
      if (!this.#isClosed) fn()
    })
    this.#timers.add(cancel)
  }

  #end(isOnPurpose: boolean): void {
    for (const cancel of this.#timers) cancel()
    this.#cancelBeat()
    this.#session.closed()
    this.#handle?.leave(isOnPurpose)
    this.#handle = null
    this.node.sessionEnded(this.id)
  }
}
