import type { MetricName } from './metricTable.js'

export type MetricLabels = Readonly<Record<string, string | number>>

/** Where the parts of a node count what they do. Calls are cheap, never throw and never wait. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: MetricName<'counter'>, labels?: MetricLabels, by?: number): void
  /** One measurement of a histogram, in its unit. */
  observe(name: MetricName<'histogram'>, value: number, labels?: MetricLabels): void
  /** How much there is now. */
  gauge(name: MetricName<'gauge'>, value: number, labels?: MetricLabels): void
}

/** For tests, and nodes that nobody measures. */
export const noMetrics: Metrics = {
  count() {},
  observe() {},
  gauge() {},
}
