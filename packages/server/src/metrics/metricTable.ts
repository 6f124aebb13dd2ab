interface MetricEntry {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
  readonly buckets?: readonly number[]
}

/** Every metric there is. `/metrics` shows them as `tidemark_<name>`, counters with `_total` behind. */
export const metrics = {
  sessions: { kind: 'gauge', help: 'Open connections: native clients and y-websocket clients', labels: ['kind'] },
  subscriptions: { kind: 'gauge', help: 'Subscriptions of all sessions' },
  views: { kind: 'gauge', help: 'Different views behind the subscriptions' },

  mutations: {
    kind: 'counter',
    help: 'Mutations decided: accepted, or the code they were rejected with',
    labels: ['outcome'],
  },
  commits: { kind: 'counter', help: 'Transactions sent to the store', labels: ['outcome'] },
  commit_seconds: {
    kind: 'histogram',
    help: 'From handing a batch to the store to its answer',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },

  frames: { kind: 'counter', help: 'WebSocket messages', labels: ['direction'] },
  bytes: { kind: 'counter', help: 'Bytes of WebSocket messages', labels: ['direction'] },
  catchup_parts: { kind: 'counter', help: 'Catch-ups: log, whole, reconcile', labels: ['kind', 'reason'] },
  catchup_bytes: { kind: 'counter', help: 'Bytes of catch-ups', labels: ['kind', 'reason'] },
  queue_overflows: { kind: 'counter', help: 'Times a slow session became a dirty set' },
  closes: { kind: 'counter', help: 'Sessions closed by this node', labels: ['code'] },

  http_requests: { kind: 'counter', help: 'HTTP requests answered', labels: ['route', 'status'] },
} as const satisfies Record<string, MetricEntry>

type Table = typeof metrics

export type MetricName<K extends MetricEntry['kind']> = {
  [N in keyof Table]: Table[N]['kind'] extends K ? N : never
}[keyof Table]

export const metricEntries: readonly (readonly [name: string, entry: MetricEntry])[] = Object.entries(metrics)
