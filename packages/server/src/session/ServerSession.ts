import {
  type ClientMessage,
  decodeClientFrame,
  decodeMutationBytes,
  type ErrorCode,
  type Hello,
  isTidemarkError,
  type NumberedMutation,
  protocolVersion,
  type Subscription,
} from '@tidemark/core'
import type { Limits } from '../limits.js'

export type SessionEffect =
  /** Find out who this is, and call `opened` or close. */
  | { readonly kind: 'authenticate'; readonly hello: Hello }
  | { readonly kind: 'subscribe'; readonly subscriptions: readonly Subscription[] }
  | { readonly kind: 'unsubscribe'; readonly subIds: readonly number[] }
  | { readonly kind: 'submit'; readonly answered: number; readonly entry: NumberedMutation }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  | { readonly kind: 'presence'; readonly scope: string; readonly state: Uint8Array }
  | { readonly kind: 'close'; readonly code: ErrorCode; readonly message?: string }

type State =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'authenticating' }
  | OpenState
  | { readonly kind: 'closed' }

interface OpenState {
  readonly kind: 'open'
  /** Parts of a large mutation that have come. */
  parts: { readonly number: number; readonly bytes: Uint8Array[]; length: number } | null
  /** Mutations that may still come in now; refilled with time. */
  allowance: number
  refilledAtMs: number
  /** After `busy` everything is passed over until this number comes again, or what follows an answer that the client got since. */
  refusedFrom: number | null
}

/** How long a burst may be, in seconds of the permitted rate. */
const burstSeconds = 10

/**
 * One client connection as the protocol sees it: what may come when, and within which bounds.
 *
 *   greeting ──hello──▶ authenticating ──opened──▶ open ──▶ closed
 *       └──── anything else, nonsense, too late ────────────▶ ┘
 *
 * What a client does wrong closes its own session with a code and nothing else.
 */
export class ServerSession {
  #state: State = { kind: 'greeting' }

  constructor(private readonly limits: Limits) {}

  get isGreeting(): boolean {
    return this.#state.kind === 'greeting'
  }

  frameReceived(bytes: Uint8Array, nowMs: number): SessionEffect[] {
    if (this.#state.kind === 'closed') return []
    if (bytes.byteLength > this.limits.frameBytes) return this.#close('FRAME_TOO_LARGE')
    let messages: ClientMessage[]
    try {
      messages = decodeClientFrame(bytes)
    } catch (error) {
      if (!isTidemarkError(error)) throw error
      return this.#close('BAD_FRAME', error.message)
    }
    const effects: SessionEffect[] = []
    for (const message of messages) effects.push(...this.#messageReceived(message, nowMs))
    return effects
  }

  /** The client is known and let in. */
  opened(nowMs: number): void {
    if (this.#state.kind !== 'authenticating') return
    const allowance = this.limits.mutationsPerSecond * burstSeconds
    this.#state = { kind: 'open', parts: null, allowance, refilledAtMs: nowMs, refusedFrom: null }
  }

  helloTimedOut(): SessionEffect[] {
    return this.#state.kind === 'greeting' ? this.#close('HELLO_TIMEOUT') : []
  }

  closed(): void {
    this.#state = { kind: 'closed' }
  }

  #messageReceived(message: ClientMessage, nowMs: number): SessionEffect[] {
    const state = this.#state
    if (state.kind === 'closed') return []
    if (state.kind === 'greeting') {
      if (message.type !== 'hello') return this.#close('BAD_FRAME', 'The first message is a hello.')
      if (message.protocol !== protocolVersion) return this.#close('PROTOCOL_OUTDATED')
      if (message.replica.includes(':')) return this.#close('BAD_FRAME', "A client's replica has no colon in its name.")
      this.#state = { kind: 'authenticating' }
      return [{ kind: 'authenticate', hello: message }]
    }
    if (state.kind === 'authenticating') return this.#close('BAD_FRAME', 'Nothing follows a hello before the welcome.')
    if (state.parts !== null && message.type !== 'pushPart') {
      return this.#close('BAD_FRAME', 'Nothing comes between the parts of a mutation.')
    }
    switch (message.type) {
      case 'hello':
        return this.#close('BAD_FRAME', 'A session is greeted once.')
      case 'subscribe':
        return [{ kind: 'subscribe', subscriptions: message.subscriptions }]
      case 'unsubscribe':
        return [{ kind: 'unsubscribe', subIds: message.subIds }]
      case 'push':
        // What was refused here may have been decided for an earlier session of the replica: it does not come again.
        if (state.refusedFrom !== null) state.refusedFrom = Math.max(state.refusedFrom, message.answered + 1)
        return message.mutations.flatMap(entry => this.#pushed(state, message.answered, entry, nowMs))
      case 'pushPart': {
        const { number, bytes, isLast } = message
        return this.#partPushed(state, number, bytes, isLast, nowMs)
      }
      case 'presence':
        return [{ kind: 'presence', scope: message.scope, state: message.state }]
      case 'ping':
        return []
    }
  }

  #pushed(state: OpenState, answered: number, entry: NumberedMutation, nowMs: number): SessionEffect[] {
    if (state.refusedFrom !== null) {
      if (entry.number > state.refusedFrom) return []
      state.refusedFrom = null
    }
    const { mutationsPerSecond } = this.limits
    const seconds = Math.max(0, nowMs - state.refilledAtMs) / 1000
    state.allowance = Math.min(state.allowance + seconds * mutationsPerSecond, mutationsPerSecond * burstSeconds)
    state.refilledAtMs = nowMs
    if (state.allowance < 1) {
      state.refusedFrom = entry.number
      return [{ kind: 'busy', retryAfterMs: 1000 }]
    }
    state.allowance--
    return [{ kind: 'submit', answered, entry }]
  }

  /** The authority has too much of this session waiting: the mutation is to come again, and all after it. */
  refuseFrom(number: number): SessionEffect[] {
    if (this.#state.kind !== 'open' || this.#state.refusedFrom !== null) return []
    this.#state.refusedFrom = number
    return [{ kind: 'busy', retryAfterMs: 1000 }]
  }

  /** What was to be sent was dropped. A client that does not hear of a refusal waits for ever. */
  dropped(): SessionEffect[] {
    if (this.#state.kind !== 'open' || this.#state.refusedFrom === null) return []
    return [{ kind: 'busy', retryAfterMs: 1000 }]
  }

  #partPushed(state: OpenState, number: number, bytes: Uint8Array, isLast: boolean, nowMs: number): SessionEffect[] {
    const parts = state.parts ?? { number, bytes: [], length: 0 }
    if (parts.number !== number) return this.#close('BAD_FRAME', 'The parts of two mutations are mixed.')
    parts.bytes.push(bytes)
    parts.length += bytes.byteLength
    state.parts = parts
    if (parts.length > this.limits.bodyBytes + this.limits.frameBytes) return this.#close('FRAME_TOO_LARGE')
    if (!isLast) return []
    state.parts = null
    let entry: NumberedMutation
    try {
      entry = decodeMutationBytes(Buffer.concat(parts.bytes))
    } catch (error) {
      if (!isTidemarkError(error)) throw error
      return this.#close('BAD_FRAME', error.message)
    }
    if (entry.number !== number) return this.#close('BAD_FRAME', 'The parts hold another mutation than they say.')
    return this.#pushed(state, 0, entry, nowMs)
  }

  #close(code: ErrorCode, message?: string): SessionEffect[] {
    this.#state = { kind: 'closed' }
    return [message === undefined ? { kind: 'close', code } : { kind: 'close', code, message }]
  }
}
