import { type Random, randomId } from '@tidemark/core'
import type { ReplicaMeta } from './ReplicaStorage.js'

/** What a replica knows on its first day: its own name and nothing else. */
export function newReplicaMeta(random: Random): ReplicaMeta {
  return {
    replica: randomId(random),
    schemaVersion: 0,
    incarnation: '',
    clockOffsetMs: 0,
    epoch: 0,
    lastNumber: 0,
    sentNumber: 0,
    answeredNumber: 0,
    live: { serial: 0, cursor: 0 },
    version: 0,
    extra: {},
  }
}
