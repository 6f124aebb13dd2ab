import { defaultLimits, type Limits } from '@tidemark/server/testing'

/** The node's own bounds, so small that a small world meets them. */
export const simLimits: Limits = {
  ...defaultLimits,
  subscriptionsPerRound: 4,
  subscriptionsToLookThrough: 6,
  queuedBytesPerSession: 2 << 10,
  frameBytes: 16 << 10,
  mutationsPerSecond: 20,
  mutationsPerTurn: 4,
  waitingMutations: 200,
  hotRecords: 20,
  hotBodies: 3,
}
