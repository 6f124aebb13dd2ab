import {
  type ClientMessage,
  type ErrorCode,
  errorCodeFromClose,
  errorEntry,
  type Hello,
  isErrorCode,
  type NodeMessage,
  type RetryPolicy,
  type Welcome,
} from '@tidemark/core'
import { backoffMs } from './backoff.js'

/**
 *            connect                token          opened           welcome
 *   off ───────────────► asking ───────────► opening ─────► greeting ─────► online
 *    ▲                      ▲                    │ lost          │ lost        │ lost, silent
 *    │ disconnect           │ woken              ▼               ▼             ▼
 *    └──────────────────────┴──────────────── waiting ◄────────────────────────┘
 *
 *   online ──cut off──► online, in doubt: offline to people, until a frame comes (online) or a hint (asking)
 *   greeting, online ──permanent close──► refused (needs-auth, outdated, closed) ──connect──► asking
 *
 * The life of the one connection of a replica. Facts in, effects out; it knows no socket, timer or promise.
 * `serial` numbers the attempts: what an earlier one reports late is dropped.
 */
type State =
  | { readonly kind: 'off' }
  /** `isTold`: the node named the time. */
  | { readonly kind: 'waiting'; readonly until: number; readonly isTold: boolean }
  | { readonly kind: 'asking'; readonly serial: number }
  | { readonly kind: 'opening'; readonly serial: number; readonly token: string | null; readonly deadline: number }
  | { readonly kind: 'greeting'; readonly serial: number; readonly saidAt: number; readonly deadline: number }
  | {
      readonly kind: 'online'
      readonly serial: number
      readonly node: string
      readonly heardAt: number
      readonly sentAt: number
      /** Since when the device says that it has no network. */
      readonly doubtedAt: number | null
    }
  | { readonly kind: 'refused'; readonly status: 'needs-auth' | 'outdated' | 'closed'; readonly code: ErrorCode }

export type Connection = 'connecting' | 'online' | 'offline' | 'needs-auth' | 'outdated' | 'closed'

export type SessionEffect =
  | { readonly do: 'askToken'; readonly serial: number }
  | { readonly do: 'open'; readonly serial: number }
  | { readonly do: 'send'; readonly message: ClientMessage }
  | { readonly do: 'close' }
  /** A session is open: it answers for what follows until `ended`. */
  | { readonly do: 'begin'; readonly welcome: Welcome; readonly clockOffsetMs: number }
  | { readonly do: 'deliver'; readonly message: DeliveredMessage }
  | { readonly do: 'rest'; readonly untilMs: number }
  | { readonly do: 'end' }

export type DeliveredMessage = Exclude<NodeMessage, { readonly type: 'welcome' | 'busy' | 'goodbye' }>

export type SessionFact =
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'tokenReady'; readonly serial: number; readonly token: string | null }
  | { readonly kind: 'tokenFailed'; readonly serial: number }
  | { readonly kind: 'opened'; readonly serial: number }
  | { readonly kind: 'received'; readonly serial: number; readonly messages: readonly NodeMessage[] }
  /** Bytes that make no sense. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'closed'; readonly serial: number; readonly code: number }
  | { readonly kind: 'sent' }
  | { readonly kind: 'ticked' }
  /** Visible again, or the network is back: a good moment to try. */
  | { readonly kind: 'hinted' }
  /** The device says that its network has gone. True of most connections, but not of one to the device itself. */
  | { readonly kind: 'cutOff' }

/** What the hello says, as it stands at that moment. */
export type Greeting = () => Omit<Hello, 'type' | 'token'>

const openTimeoutMs = 10_000
const helloTimeoutMs = 10_000
/** The node speaks at least every 8 s: two of its heartbeats were lost. */
const silenceMs = 18_000
const pingAfterMs = 25_000
/** What comes within a second of being cut off may have been under way before: it does not show that the connection lives. */
const underWayMs = 1_000

export class ClientSession {
  readonly #greeting: Greeting
  #state: State = { kind: 'off' }
  #serial = 0
  #failures = 0
  /** The goodbye that announced the close. */
  #goodbye: ErrorCode | null = null
  #retryAfterMs = 0
  #epoch: number
  #lastNow = Number.NEGATIVE_INFINITY

  constructor(greeting: Greeting, epoch = 0) {
    this.#greeting = greeting
    this.#epoch = epoch
  }

  get connection(): Connection {
    switch (this.#state.kind) {
      case 'off':
        return 'offline'
      case 'online':
        return this.#isDoubted ? 'offline' : 'online'
      case 'refused':
        return this.#state.status
      default:
        return this.#failures === 0 ? 'connecting' : 'offline'
    }
  }

  /** What people call the node at the other end, if they gave it a name. */
  get node(): string | null {
    return this.#state.kind === 'online' && !this.#isDoubted && this.#state.node !== '' ? this.#state.node : null
  }

  /** Why it was refused. */
  get refusal(): ErrorCode | null {
    return this.#state.kind === 'refused' ? this.#state.code : null
  }

  /** When `ticked` is due. */
  get wakeAt(): number | null {
    switch (this.#state.kind) {
      case 'waiting':
        return this.#state.until
      case 'opening':
      case 'greeting':
        return this.#state.deadline
      case 'online':
        return Math.min(this.#state.heardAt + silenceMs, this.#state.sentAt + pingAfterMs)
      default:
        return null
    }
  }

  /** `chance` is in [0, 1): what back-off draws its jitter from. */
  take(fact: SessionFact, now: number, chance: number): SessionEffect[] {
    if (now < this.#lastNow) this.#state = movedBack(this.#state, this.#lastNow - now)
    this.#lastNow = now
    switch (fact.kind) {
      case 'connect':
        if (this.#state.kind !== 'off' && this.#state.kind !== 'refused') return []
        this.#failures = 0
        return this.#ask()
      case 'disconnect':
        return this.#leave({ kind: 'off' })
      case 'tokenReady':
        if (this.#state.kind !== 'asking' || this.#state.serial !== fact.serial) return []
        this.#state = { kind: 'opening', serial: fact.serial, token: fact.token, deadline: now + openTimeoutMs }
        return [{ do: 'open', serial: fact.serial }]
      case 'tokenFailed':
        if (this.#state.kind !== 'asking' || this.#state.serial !== fact.serial) return []
        return this.#leave({ kind: 'refused', status: 'needs-auth', code: 'UNAUTHORIZED' })
      case 'opened':
        return this.#opened(fact.serial, now)
      case 'received':
        return this.#received(fact, now, chance)
      case 'broken':
        return this.#lost(now, chance, 'backoff')
      case 'closed':
        return this.#closed(fact, now, chance)
      case 'sent':
        if (this.#state.kind === 'online') this.#state = { ...this.#state, sentAt: now }
        return []
      case 'ticked':
        return this.#ticked(now, chance)
      case 'hinted':
        return this.#hinted(now, chance)
      case 'cutOff':
        if (this.#state.kind === 'online') this.#state = { ...this.#state, doubtedAt: now }
        else this.#failures = Math.max(this.#failures, 1)
        return []
    }
  }

  #ask(): SessionEffect[] {
    this.#goodbye = null
    this.#state = { kind: 'asking', serial: ++this.#serial }
    return [{ do: 'askToken', serial: this.#serial }]
  }

  #opened(serial: number, now: number): SessionEffect[] {
    if (this.#state.kind !== 'opening' || this.#state.serial !== serial) return []
    const hello: Hello = { type: 'hello', token: this.#state.token, ...this.#greeting() }
    this.#state = { kind: 'greeting', serial, saidAt: now, deadline: now + helloTimeoutMs }
    return [{ do: 'send', message: hello }]
  }

  #received(fact: Extract<SessionFact, { kind: 'received' }>, now: number, chance: number): SessionEffect[] {
    const effects: SessionEffect[] = []
    if (this.#state.kind === 'online' && this.#state.serial === fact.serial) {
      const { doubtedAt } = this.#state
      const isProof = doubtedAt === null || now - doubtedAt >= underWayMs
      this.#state = { ...this.#state, heardAt: now, doubtedAt: isProof ? null : doubtedAt }
    }
    for (const message of fact.messages) {
      if (!('serial' in this.#state) || this.#state.serial !== fact.serial) break
      effects.push(...this.#message(message, now, chance))
    }
    return effects
  }

  #message(message: NodeMessage, now: number, chance: number): SessionEffect[] {
    if (message.type === 'goodbye') {
      this.#goodbye = isErrorCode(message.code) ? message.code : 'INTERNAL'
      return []
    }
    if (message.type === 'busy') {
      this.#retryAfterMs = message.retryAfterMs
      return this.#state.kind === 'online' ? [{ do: 'rest', untilMs: now + message.retryAfterMs }] : []
    }
    if (message.type === 'welcome') {
      if (this.#state.kind !== 'greeting') return []
      // 0: the node has seen no owner yet.
      if (message.epoch > 0 && message.epoch < this.#epoch) return this.#lost(now, chance, 'backoff')
      this.#epoch = Math.max(this.#epoch, message.epoch)
      this.#failures = 0
      this.#retryAfterMs = 0
      const clockOffsetMs = clockOffset(message.now, this.#state.saidAt, now)
      const { serial } = this.#state
      this.#state = { kind: 'online', serial, node: message.node, heardAt: now, sentAt: now, doubtedAt: null }
      return [{ do: 'begin', welcome: message, clockOffsetMs }]
    }
    if (this.#state.kind !== 'online') return []
    if (message.type === 'changes') {
      // An owner that was replaced may still speak: its word is void.
      if (message.epoch > 0 && message.epoch < this.#epoch) return []
      this.#epoch = Math.max(this.#epoch, message.epoch)
    }
    return [{ do: 'deliver', message }]
  }

  #closed(fact: Extract<SessionFact, { kind: 'closed' }>, now: number, chance: number): SessionEffect[] {
    if (!('serial' in this.#state) || this.#state.serial !== fact.serial || this.#state.kind === 'asking') return []
    const code = this.#goodbye ?? errorCodeFromClose(fact.code) ?? null
    const retry = code === null ? 'backoff' : errorEntry(code).retry
    // A token that was good has run out: the app is asked for another one before it is told.
    const hasExpired = retry === 'reauthenticate' && this.#state.kind === 'online'
    const refused = code === null || hasExpired ? null : refusedBy(code, retry)
    if (refused) return this.#leave(refused)
    return this.#lost(now, chance, retry)
  }

  #hinted(now: number, chance: number): SessionEffect[] {
    // A connection from before the network went has not been heard of since: another one is sooner there.
    const effects = this.#isDoubted ? this.#lost(now, chance, 'elsewhere') : this.#ticked(now, chance)
    if (this.#state.kind === 'waiting' && !this.#state.isTold) return [...effects, ...this.#ask()]
    // Perhaps somebody has signed in meanwhile.
    if (this.#state.kind === 'refused' && this.#state.status === 'needs-auth') return this.#ask()
    return effects
  }

  #ticked(now: number, chance: number): SessionEffect[] {
    switch (this.#state.kind) {
      case 'waiting':
        return now >= this.#state.until ? this.#ask() : []
      case 'opening':
      case 'greeting':
        return now >= this.#state.deadline ? this.#lost(now, chance, 'backoff') : []
      case 'online':
        if (now - this.#state.heardAt >= silenceMs) {
          this.#state = { ...this.#state, doubtedAt: now }
          return this.#lost(now, chance, 'backoff')
        }
        if (now - this.#state.sentAt < pingAfterMs) return []
        return [{ do: 'send', message: { type: 'ping' } }]
      default:
        return []
    }
  }

  /**
   * The connection is gone or given up: again after a while. After a silence nothing says that the next attempt will meet
   * anybody: unlike a session that was closed, one in doubt counts as failed.
   */
  #lost(now: number, chance: number, retry: RetryPolicy): SessionEffect[] {
    const wasOnline = this.#state.kind === 'online' && !this.#isDoubted
    const delayMs = Math.max(backoffMs(retry === 'elsewhere' ? 0 : this.#failures, chance), this.#retryAfterMs)
    const isTold = this.#retryAfterMs > 0
    this.#retryAfterMs = 0
    if (!wasOnline) this.#failures++
    return this.#leave({ kind: 'waiting', until: now + delayMs, isTold })
  }

  get #isDoubted(): boolean {
    return this.#state.kind === 'online' && this.#state.doubtedAt !== null
  }

  #leave(to: State): SessionEffect[] {
    const from = this.#state.kind
    if (from === 'off' && to.kind === 'off') return []
    this.#state = to
    const effects: SessionEffect[] = []
    if (from === 'opening' || from === 'greeting' || from === 'online') effects.push({ do: 'close' })
    if (from === 'online') effects.push({ do: 'end' })
    return effects
  }
}

/** What a code of the error table ends for good; null: the connection is made again. */
function refusedBy(code: ErrorCode, retry: RetryPolicy): State | null {
  if (retry === 'reauthenticate') return { kind: 'refused', status: 'needs-auth', code }
  if (retry === 'update') return { kind: 'refused', status: 'outdated', code }
  return retry === 'never' ? { kind: 'refused', status: 'closed', code } : null
}

/** The device's clock was set back: what was due in a moment must not become due in a day. */
function movedBack(state: State, ms: number): State {
  switch (state.kind) {
    case 'waiting':
      return { ...state, until: state.until - ms }
    case 'opening':
      return { ...state, deadline: state.deadline - ms }
    case 'greeting':
      return { ...state, saidAt: state.saidAt - ms, deadline: state.deadline - ms }
    case 'online':
      return {
        ...state,
        heardAt: state.heardAt - ms,
        sentAt: state.sentAt - ms,
        doubtedAt: state.doubtedAt === null ? null : state.doubtedAt - ms,
      }
    default:
      return state
  }
}

/** The node's clock minus ours. Where both may agree for all that the journey of its answer says, they do. */
function clockOffset(nodeNow: number, saidAt: number, heardAt: number): number {
  if (nodeNow >= saidAt && nodeNow <= heardAt) return 0
  return nodeNow - Math.round((saidAt + heardAt) / 2)
}
