import type { Answer } from '../mutation/Answer.js'
import type { CommittedChange } from './CommittedChange.js'

/**
 * What a commit tells the world about one workspace: published once, routed by every node for itself.
 * `from` is the head before it, so a receiver sees a hole by comparing it with its own position.
 */
export interface Envelope {
  readonly workspace: string
  readonly epoch: number
  readonly from: number
  readonly to: number
  readonly changes: readonly CommittedChange[]
  readonly answers: readonly RoutedAnswer[]
}

/** An answer on its way to the sessions of the replica that asked. */
export interface RoutedAnswer {
  readonly replica: string
  readonly answer: Answer
}
