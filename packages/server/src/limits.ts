/** Every bound of a node, with its unit. All can be given to `createNode` as `limits`. */
export interface Limits {
  /** A WebSocket message from a client. */
  readonly frameBytes: number
  /** A row as JSON. */
  readonly rowBytes: number
  /** A record's body; beyond it only deletions are taken. */
  readonly bodyBytes: number
  readonly subscriptionsPerSession: number
  /** Subscriptions of one session that are caught up together: enough for one read to serve many, few enough to start soon. */
  readonly subscriptionsPerRound: number
  /** Beyond so many subscriptions of a session a row is sent again rather than looked for in each. */
  readonly subscriptionsToLookThrough: number
  /** Live frames that wait for one slow session before it becomes a dirty set. */
  readonly queuedBytesPerSession: number
  /** Mutations that one session may push in a second, on average over ten. */
  readonly mutationsPerSecond: number
  /** Mutations of one replica that are decided before others have their turn; a body update counts one more each 4 KB. */
  readonly mutationsPerTurn: number
  /** What one session may show of itself in a second, on average over ten; the rest is passed over. */
  readonly presencePerSecond: number
  /** What one tab may show at one place of the app. */
  readonly presenceBytes: number
  /** Mutations of one workspace that wait for its authority. */
  readonly waitingMutations: number
  /**
   * Sessions of one user, stock y-websocket clients among them, that may be closed in a minute for nonsense they said. Who
   * has had more is told to come back later, with `BUSY`; what is open goes on. To be raised where many people share one user id.
   */
  readonly faultsPerMinute: number
  /** Time from the connection to its `hello`. */
  readonly helloMs: number
  /** Rows or lists that a command may read, records it may write, and times it may start over. */
  readonly commandReads: number
  readonly commandWrites: number
  readonly commandRestarts: number
  /** Writes in one batch. */
  readonly batchWrites: number
  /**
   * Catch-ups that a node reads from its store at a time; beyond so many that wait, or newcomers before them, who connects
   * is told to come later.
   */
  readonly catchUpReads: number
  readonly waitingCatchUps: number
  /** A node that is stopped while others go on sends its sessions there over so long. */
  readonly drainMs: number
  /** Workspaces that are written to and stay in memory. */
  readonly hotWorkspaces: number
  /** Records and bodies that one workspace keeps in memory. */
  readonly hotRecords: number
  readonly hotBodies: number
  /** How long the shards of a node of a cluster wait for it after it was last heard of. */
  readonly leaseMs: number
  /** The log is kept for so long, and up to so many bytes a workspace. */
  readonly logAgeMs: number
  readonly logBytes: number
  /** A replica is forgotten when it was not seen for so long: at least 14 days. */
  readonly replicaAgeMs: number
  /** What a y-websocket connection or a request has left behind (answers by `Idempotency-Key`) is forgotten after so long. */
  readonly passingReplicaAgeMs: number
}

const day = 24 * 60 * 60 * 1000

export const defaultLimits: Limits = {
  frameBytes: 1 << 20,
  rowBytes: 256 << 10,
  bodyBytes: 8 << 20,
  subscriptionsPerSession: 10_000,
  subscriptionsPerRound: 256,
  subscriptionsToLookThrough: 64,
  queuedBytesPerSession: 256 << 10,
  mutationsPerSecond: 1_000,
  mutationsPerTurn: 128,
  presencePerSecond: 60,
  presenceBytes: 4 << 10,
  waitingMutations: 10_000,
  faultsPerMinute: 30,
  helloMs: 5_000,
  commandReads: 10_000,
  commandWrites: 10_000,
  commandRestarts: 1_000,
  batchWrites: 10_000,
  catchUpReads: 32,
  waitingCatchUps: 2_000,
  drainMs: 2_000,
  hotWorkspaces: 1_000,
  hotRecords: 100_000,
  hotBodies: 1_000,
  leaseMs: 5_000,
  logAgeMs: 7 * day,
  logBytes: 64 << 20,
  replicaAgeMs: 365 * day,
  passingReplicaAgeMs: 7 * day,
}
