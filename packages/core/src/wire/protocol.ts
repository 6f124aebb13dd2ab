/**
 * The version that both sides name in their first frame. It goes up with every change of the wire;
 * `wire.test.ts` fails when the bytes of a message change and this number does not.
 */
export const protocolVersion = 5

/** The first byte of each message. Client to node below 32, node to client from 32 on. */
export const messageType = {
  hello: 1,
  subscribe: 2,
  unsubscribe: 3,
  push: 4,
  pushPart: 5,
  ping: 6,
  presence: 7,
  welcome: 32,
  changes: 33,
  snapshot: 34,
  caughtUp: 35,
  reconcile: 36,
  heartbeat: 37,
  busy: 38,
  goodbye: 39,
} as const
