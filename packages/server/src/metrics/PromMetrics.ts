import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricLabels, Metrics } from './Metrics.js'
import { metricEntries, promName } from './metricTable.js'

/** Keeps the metrics of one node, event-loop lag and memory among them, for Prometheus to fetch. */
export class PromMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    for (const [name, { kind, help, labels = [], buckets = [] }] of metricEntries) {
      const options = { name: promName(name, kind), help, labelNames: [...labels], registers: [this.#registry] }
      if (kind === 'counter') this.#counters.set(name, new Counter(options))
      else if (kind === 'gauge') this.#gauges.set(name, new Gauge(options))
      else this.#histograms.set(name, new Histogram({ ...options, buckets: [...buckets] }))
    }
  }

  count(name: string, labels: MetricLabels = {}, by = 1): void {
    this.#counters.get(name)?.inc(labels, by)
  }

  observe(name: string, value: number, labels: MetricLabels = {}): void {
    this.#histograms.get(name)?.observe(labels, value)
  }

  gauge(name: string, value: number, labels: MetricLabels = {}): void {
    this.#gauges.get(name)?.set(labels, value)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In the text form that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
