import type { Schema } from '../schema/Schema.js'
import type { ListTarget, RecordTarget } from '../schema/Target.js'

/** Short-lived shared state of one shape, in the whole workspace or at one place of it. */
// biome-ignore lint/suspicious/noExplicitAny: the default stands for any presence, in both directions
export interface PresenceScope<S extends Schema = any> {
  readonly name: string
  readonly '~s'?: S
  /** The same state at one place: a record, a list, or a room of any name. */
  at(target: RecordTarget | ListTarget | string): PresenceScope<S>
}

/** Someone else's state. */
export interface Other<T> {
  readonly userId: string
  readonly clientId: string
  readonly state: T
}
