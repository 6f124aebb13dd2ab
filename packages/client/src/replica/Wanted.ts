import type { Watch } from '../query/Watch.js'

/** What is wanted of a subscription, by all tabs together. */
export interface Wanted {
  readonly watch: Watch
  /** Of a list: how many rows are shown at most; null for all. */
  readonly limit: number | null
  /** Whether somebody listens to its changes. */
  readonly hasListeners: boolean
  /** Somebody listened before: what passed since the stored cursor is a gap to them. */
  readonly resumes: boolean
  /** Listeners whose position is kept: it moves with what is stored. */
  readonly names: readonly string[]
}
