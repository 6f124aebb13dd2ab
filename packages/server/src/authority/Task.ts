import type { Answer, AnyCommand, Json, Mutation, NumberedMutation, Refusal } from '@tidemark/core'
import type { BaseUser } from '../access/AccessRules.js'

/** One thing a workspace's authority is asked to decide. */
export type Task = ReplicaTask | ServerTask

/** A numbered mutation of a replica, its stamp corrected by the sender's clock offset. */
export interface ReplicaTask {
  readonly kind: 'replica'
  readonly replica: string
  readonly user: BaseUser
  readonly role: 'read' | 'write'
  /** The greatest number whose answer the replica has. */
  readonly answered: number
  readonly entry: NumberedMutation
}

/** Server code's own: rules do not apply, decided fields may be set. */
export interface ServerTask {
  readonly kind: 'server'
  /** Names the caller's promise in this process. */
  readonly ticket: number
  readonly userId: string
  readonly writeId: string
  readonly work:
    | Exclude<Mutation, { kind: 'void' | 'batch' }>
    /** `ifHead`: only if the workspace stands there, or `STALE`. */
    | (Extract<Mutation, { kind: 'batch' }> & { readonly ifHead?: number })
    /** Rights changed outside: of one user, or null for all. */
    | { readonly kind: 'access'; readonly subject: string | null }
    /** Server code's own transaction, decided in order like a command. */
    | { readonly kind: 'inline'; readonly command: AnyCommand }
    /** Keeps a named position; see `onChange`. */
    | { readonly kind: 'position'; readonly name: string; readonly seq: number }
  /** The same key again is answered from what was decided the first time. */
  readonly idempotencyKey?: string | undefined
  /** The node that forwarded it, and does so again until it is answered. */
  readonly origin?: string
}

/** What a task came to. */
export type Decided =
  | { readonly status: 'accepted'; readonly result?: Json; readonly refused?: AnswerOf<'accepted'>['refused'] }
  | ({ readonly status: 'rejected' } & Refusal)

type AnswerOf<S extends Answer['status']> = Extract<Answer, { status: S }>

export function answerFrom(number: number, decided: Decided): Answer {
  if (decided.status === 'rejected') {
    return { number, status: 'rejected', code: decided.code, details: decided.details, message: decided.message }
  }
  return {
    number,
    status: 'accepted',
    ...(decided.result === undefined ? {} : { result: decided.result }),
    ...(decided.refused === undefined ? {} : { refused: decided.refused }),
  }
}

export function rejected(code: string, message: string): Decided {
  return { status: 'rejected', code, details: { message }, message }
}
