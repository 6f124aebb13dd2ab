import type { Metrics } from '../metrics/Metrics.js'

/** How many subscriptions the node's sessions have, and how many different views are behind them. */
export class WatchCount {
  #subscriptions = 0
  #views = 0

  constructor(private readonly metrics: Metrics) {}

  changed(subscriptions: number, views: number): void {
    this.#subscriptions += subscriptions
    this.#views += views
    this.metrics.gauge('subscriptions', this.#subscriptions)
    this.metrics.gauge('views', this.#views)
  }
}
