interface MetricEntry {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
  readonly buckets?: readonly number[]
}

/** Every metric there is. `/metrics` shows `bytesSent` as `tidemark_bytes_sent_total`: counters end like that. */
export const metrics = {
  sessions: { kind: 'gauge', help: 'Open connections: native clients and y-websocket clients', labels: ['kind'] },
  sessionsOpened: { kind: 'counter', help: 'Connections of native clients since the start' },
  subscriptions: { kind: 'gauge', help: 'Subscriptions of all sessions' },
  views: { kind: 'gauge', help: 'Different views behind the subscriptions' },

  nodes: { kind: 'gauge', help: 'Nodes among which the shards are spread, as this one sees it' },
  shards: { kind: 'gauge', help: 'Shards that are to be at this node' },
  storeUp: { kind: 'gauge', help: '1 if the store answered when the lease was last renewed, else 0' },
  busUp: { kind: 'gauge', help: '1 if messages between nodes arrive, 0 while they go by the store' },

  mutations: {
    kind: 'counter',
    help: 'Mutations decided: accepted, or the code they were rejected with',
    labels: ['outcome'],
  },
  commits: { kind: 'counter', help: 'Transactions sent to the store', labels: ['outcome'] },
  commitSeconds: {
    kind: 'histogram',
    help: 'From handing a batch to the store to its answer',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },

  framesSent: { kind: 'counter', help: 'WebSocket messages sent' },
  framesReceived: { kind: 'counter', help: 'WebSocket messages received' },
  bytesSent: { kind: 'counter', help: 'Bytes of WebSocket messages sent' },
  bytesReceived: { kind: 'counter', help: 'Bytes of WebSocket messages received' },
  catchUpParts: { kind: 'counter', help: 'Parts of catch-ups sent, by how they were made and why', labels: ['way'] },
  catchUpBytes: { kind: 'counter', help: 'Bytes of catch-ups sent, by how they were made and why', labels: ['way'] },
  headsMissed: {
    kind: 'counter',
    help: 'Times changes of a watched workspace did not arrive and were read from the store',
  },
  queueOverflows: { kind: 'counter', help: 'Times a slow session became a dirty set' },
  presenceDropped: { kind: 'counter', help: 'What sessions said of themselves and was passed over', labels: ['why'] },
  closes: { kind: 'counter', help: 'Sessions closed by this node', labels: ['code'] },

  httpRequests: { kind: 'counter', help: 'HTTP requests answered', labels: ['route', 'status'] },
} as const satisfies Record<string, MetricEntry>

type Table = typeof metrics

export type MetricName<K extends MetricEntry['kind']> = {
  [N in keyof Table]: Table[N]['kind'] extends K ? N : never
}[keyof Table]

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** The name under which Prometheus finds a metric. */
export const promName = (name: string, kind: MetricEntry['kind']): string =>
  `tidemark_${snakeCase(name)}${kind === 'counter' ? '_total' : ''}`

export const metricEntries: readonly (readonly [name: string, entry: MetricEntry])[] = Object.entries(metrics)
