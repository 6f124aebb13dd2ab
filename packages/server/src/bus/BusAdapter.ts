import type { Log } from '../log/Log.js'
import type { Bus } from './Bus.js'

/** What `createNode` takes as its `bus`. */
export interface BusAdapter {
  readonly '~bus': true
  /** Does not wait for long, and does not fail because a server is away: a node serves without its bus, only slower. */
  open(log: Log): Promise<Bus>
}
