import type { Bus } from './Bus.js'

/** What `createNode` takes as its `bus`. */
export interface BusAdapter {
  readonly '~bus': true
  open(): Promise<Bus>
}
