import { expect, it } from 'vitest'
import { metricEntries, promName } from './metricTable.js'
import { PromMetrics } from './PromMetrics.js'

it('[S-HTTP-4] a node shows what it counted, and how its event loop lags', async () => {
  const metrics = new PromMetrics()
  metrics.count('bytesSent', {}, 70)
  metrics.count('mutations', { outcome: 'accepted' }, 3)
  metrics.gauge('sessions', 2, { kind: 'native' })
  metrics.observe('commitSeconds', 0.003)
  const text = await metrics.text()
  expect(text).toContain('tidemark_mutations_total{outcome="accepted"} 3')
  expect(text).toContain('tidemark_bytes_sent_total 70')
  expect(text).toContain('tidemark_sessions{kind="native"} 2')
  expect(text).toContain('tidemark_commit_seconds_bucket{le="0.005"} 1')
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
  for (const [name, { kind }] of metricEntries) expect(text).toContain(`# HELP ${promName(name, kind)}`)
})
