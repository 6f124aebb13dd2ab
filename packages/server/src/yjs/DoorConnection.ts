import {
  type Answer,
  type CommittedChange,
  type ErrorCode,
  errorEntry,
  isErrorCode,
  isTidemarkError,
  nothing,
  queryRowOf,
  type RowValues,
  randomId,
  stampFromMs,
  TidemarkError,
  withDefaults,
} from '@tidemark/core'
import type { WebSocket } from 'ws'
import type { BaseUser } from '../access/AccessRules.js'
import { isFault } from '../access/isFault.js'
import type { NodePort } from '../NodePort.js'
import { saidGoodbye } from '../socket/saidGoodbye.js'
import { replicaPrefix } from '../store/nodeReplicas.js'
import type { DoorEffect, Look, Refused } from './DoorEffect.js'
import type { DoorMember } from './DoorRoom.js'
import { DoorSession } from './DoorSession.js'
import type { DoorWorkspace } from './DoorWorkspace.js'
import type { DoorPlace } from './doorPath.js'

export interface DoorCredentials {
  readonly token: string | null
  readonly headers: Record<string, string | undefined>
}

/** Runs one stock provider: its socket, its session, its looks at rights and body. */
export class DoorConnection implements DoorMember {
  readonly replica: string
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>
  readonly #session: DoorSession
  #user: (BaseUser & { readonly expiresAt?: number }) | null = null
  /** Of bodies on their way out: they do not count as what a slow client has not read. */
  #syncBytes = 0

  constructor(
    private readonly port: NodePort,
    private readonly socket: WebSocket,
    private readonly place: DoorPlace,
    private readonly credentials: DoorCredentials,
    private readonly workspace: DoorWorkspace,
    private readonly ended: (connection: DoorConnection) => void,
  ) {
    this.replica = `${replicaPrefix.door}${randomId(port.random)}`
    const { limits, clock } = port
    this.#session = new DoorSession(
      place,
      {
        framesPerSecond: limits.mutationsPerSecond,
        waitingUpdates: limits.waitingMutations,
        heldBytes: limits.bodyBytes,
      },
      clock.now(),
    )
    socket.on('message', (bytes: Buffer, isBinary) => {
      port.metrics.count('framesReceived')
      port.metrics.count('bytesReceived', {}, bytes.length)
      const frame = isBinary ? bytes : notBinary
      this.#run(() => this.#session.frameReceived(frame, clock.now()))
    })
    socket.on('pong', () => this.#session.ponged(clock.now()))
    socket.on('error', error => {
      port.log.debug({ error, replica: this.replica }, 'a y-websocket connection failed')
      // The close is under way already: the session learns why.
      if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.#run(() => this.#session.frameTooLarge())
      }
    })
    this.gone = new Promise(resolve => {
      socket.on('close', code => {
        this.#closed(code)
        resolve()
      })
    })
    this.#run(() => this.#session.opened())
  }

  committed(changes: readonly CommittedChange[], answers: readonly Answer[]): void {
    this.#run(() => this.#session.committed(changes, answers, this.port.clock.now()))
  }

  awarenessHeard(frame: Uint8Array): void {
    this.#run(() => this.#session.awarenessHeard(frame, this.port.clock.now()))
  }

  gap(): void {
    this.#run(() => this.#session.gap())
  }

  ticked(): void {
    this.#run(() => this.#session.ticked(this.port.clock.now()))
  }

  drained(): void {
    this.#run(() => this.#session.drained())
  }

  cutOff(): void {
    this.socket.terminate()
  }

  /** Our own fault ends this one connection. */
  #run(fact: () => DoorEffect[]): void {
    try {
      for (const effect of fact()) this.#do(effect)
    } catch (error) {
      this.port.log.error({ error, replica: this.replica, ...this.place }, 'a y-websocket session failed')
      this.#session.ended()
      this.socket.close(errorEntry('INTERNAL').close, 'INTERNAL')
    }
  }

  #do(effect: DoorEffect): void {
    const { port, socket, place, workspace } = this
    switch (effect.kind) {
      case 'look':
        void this.#look()
        break
      case 'send':
        this.#send(effect.frame)
        if (socket.bufferedAmount - this.#syncBytes > port.limits.queuedBytesPerSession) {
          this.#run(() => this.#session.overflowed())
        }
        break
      case 'sendSync':
        this.#syncBytes += effect.frame.length
        this.#send(effect.frame, () => {
          this.#syncBytes -= effect.frame.length
          this.#run(() => this.#session.flushed(port.clock.now()))
        })
        break
      case 'submit':
        this.#submit(effect)
        break
      case 'announce':
        workspace.announced(this, place, effect.entries)
        break
      case 'showOthers':
        for (const frame of workspace.shownIn(place)) this.#send(frame)
        break
      case 'pause':
      case 'resume':
        socket[effect.kind]()
        break
      case 'ping':
        socket.ping()
        break
      case 'close':
        this.#close(effect)
        break
    }
  }

  #send(frame: Uint8Array, left?: () => void): void {
    this.port.metrics.count('framesSent')
    this.port.metrics.count('bytesSent', {}, frame.length)
    this.socket.send(frame, error => {
      if (!error) left?.()
    })
  }

  #submit({ number, answered, update }: Extract<DoorEffect, { kind: 'submit' }>): void {
    const { port, place, replica } = this
    const { collection, id } = place
    port.submit(place.workspace, {
      kind: 'replica',
      replica,
      user: this.#user as BaseUser,
      role: 'write',
      answered,
      entry: {
        number,
        writeId: randomId(port.random, 22),
        stamp: stampFromMs(port.clock.now()),
        seen: 0,
        mutation: { kind: 'body', collection, id, update },
      },
    })
  }

  #close({ code, number, reason }: Extract<DoorEffect, { kind: 'close' }>): void {
    const { port, socket, place, replica } = this
    if (this.#user !== null && isFault(code)) port.faultRate.take(this.#user.userId, port.clock.now())
    port.metrics.count('closes', { code })
    port.log.info({ ...place, replica, code, reason }, 'closed a y-websocket session')
    // Reading goes on, so that the client's own close is seen.
    socket.resume()
    socket.close(number, reason)
  }

  #closed(code: number): void {
    this.#session.ended()
    this.workspace.leave(this, this.place, saidGoodbye(code))
    this.ended(this)
  }

  async #look(): Promise<void> {
    const found = await this.#findOut().catch((error): Refused => this.#refusalFrom(error))
    const now = this.port.clock.now()
    this.#run(() => ('code' in found ? this.#session.refused(found) : this.#session.looked(found, now)))
  }

  /** Rights come last, so that they are at least as new as the head. */
  async #findOut(): Promise<Look | Refused> {
    const { port, place, workspace } = this
    const { collection, id } = place
    const model = port.schema.collectionByName.get(collection)
    this.#user ??= await this.#authenticated()
    const user = this.#user
    if ((await port.access.role(user, place.workspace)) === 'none') return { code: 'FORBIDDEN' }
    if (model === undefined) return { code: 'NOT_FOUND', sentence: `There is no collection ${collection} here.` }
    if (!model.hasBody) return { code: 'NOT_FOUND', sentence: `Records of ${collection} have no text.` }
    if (this.#session.isClosed) return { code: 'CLOSED' }
    await workspace.join(this, place)
    const key = { collection, id }
    const { head, records, body } = await port.read(place.workspace, {
      records: { kind: 'records', keys: [key] },
      body: { kind: 'body', key },
    })
    const [record] = records
    const role = await port.access.role(user, place.workspace)
    const rule = port.access.readRule(user, collection)
    if (role === 'none' || rule === nothing) return { code: 'FORBIDDEN' }
    const matches = port.access.readMatcher(user, collection)
    const isReadable = (row: RowValues) => matches(queryRowOf(id, withDefaults(model, row)))
    const isThere = record === undefined ? model.open : !record.removed && isReadable(record.values)
    if (!isThere) return { code: 'NOT_FOUND' }
    workspace.known(this, user.userId)
    return {
      userId: user.userId,
      role,
      isReadable,
      head,
      state: body.state,
      expiresAtMs: user.expiresAt ?? null,
    }
  }

  async #authenticated() {
    const { port } = this
    const user = await port.authenticate(this.credentials.token, this.credentials.headers)
    const waitMs = port.faultRate.waitMs(user.userId, port.clock.now())
    if (waitMs === 0) return user
    const seconds = Math.ceil(waitMs / 1000)
    throw new TidemarkError('BUSY', `Too much of this user was nonsense: come again in ${seconds} s.`)
  }

  #refusalFrom(error: unknown): Refused {
    if (isTidemarkError(error) && isErrorCode(error.code) && errorEntry(error.code).close !== undefined) {
      return { code: error.code as ErrorCode, sentence: error.message }
    }
    const { log } = this.port
    if (this.#user === null) {
      log.info({ error, ...this.place }, 'a token was refused')
      return { code: 'UNAUTHORIZED' }
    }
    log.error({ error, ...this.place }, 'opening a body for a y-websocket client failed')
    return { code: 'INTERNAL' }
  }
}

/** A text message is none of this protocol: no byte of it is. */
const notBinary = new Uint8Array()
