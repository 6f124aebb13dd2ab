import type { CommitBatch, CommitOutcome, ShardClaim, Store } from '@tidemark/server/testing'
import { AuthorityRunner } from '../../../server/src/authority/AuthorityRunner.js'
import { Forwarder } from '../../../server/src/cluster/Forwarder.js'
import { HeadWatch } from '../../../server/src/cluster/HeadWatch.js'
import { GatewayRunner } from '../../../server/src/session/GatewayRunner.js'
import type { Mutant } from '../sim/Mutant.js'
import type { VirtualTime } from '../sim/world/VirtualTime.js'
import { patched, storeWith } from './replace.js'

/** Tries later epochs until one is in force. */
async function commitUnderAnyEpoch(store: Store, batch: CommitBatch): Promise<CommitOutcome> {
  const first = await store.commit(batch)
  let outcome = first
  for (let later = 1; outcome.status === 'fenced' && later <= 100; later++) {
    const epochs = batch.epochs.map(({ shard, epoch }) => ({ shard, epoch: epoch + later }))
    outcome = await store.commit({ ...batch, epochs })
  }
  return outcome.status === 'fenced' ? first : outcome
}

/** Moves what comes too late behind what came first. */
async function commitAtAnyHead(store: Store, batch: CommitBatch): Promise<CommitOutcome> {
  const outcome = await store.commit(batch)
  if (outcome.status !== 'overtaken') return outcome
  const heads = await store.heads(batch.workspaces.map(({ workspace }) => workspace))
  const workspaces = batch.workspaces.map((part, index) => {
    const by = (heads[index] ?? 0) - part.from
    const changes = part.changes.map(change => ({ ...change, seq: change.seq + by }))
    return { ...part, from: part.from + by, to: part.to + by, changes }
  })
  return store.commit({ ...batch, workspaces })
}

/** Looks whether the epochs hold, and writes a moment later. */
async function commitAfterLooking(store: Store, time: VirtualTime, batch: CommitBatch): Promise<CommitOutcome> {
  const looked = await store.commit({ epochs: batch.epochs, workspaces: [] })
  if (looked.status !== 'committed') return looked
  await new Promise<void>(resolve => time.after(5, resolve))
  return commitUnderAnyEpoch(store, batch)
}

/** Goes on under the epochs that it has, until it is fenced. */
function keepingEpochs(store: Store): Store {
  const epochByShard = new Map<number, number>()
  return storeWith(store, {
    claim: async (shards, owner) => {
      const known: ShardClaim[] = []
      for (const shard of shards) {
        const epoch = epochByShard.get(shard)
        if (epoch !== undefined) known.push({ shard, epoch })
      }
      const given = await store.claim(
        shards.filter(shard => !epochByShard.has(shard)),
        owner,
      )
      for (const { shard, epoch } of given) epochByShard.set(shard, epoch)
      return [...known, ...given]
    },
    commit: async batch => {
      const outcome = await store.commit(batch)
      if (outcome.status === 'fenced') for (const shard of outcome.shards) epochByShard.delete(shard)
      return outcome
    },
    release: async claims => {
      for (const { shard } of claims) epochByShard.delete(shard)
      await store.release(claims)
    },
  })
}

/** Defects in what nodes owe to each other, and to a store that all of them write to. */
export const clusterMutants: readonly Mutant[] = [
  {
    name: 'fence off',
    wrapDisk: store => storeWith(store, { commit: batch => commitUnderAnyEpoch(store, batch) }),
  },
  {
    name: 'heads without compare',
    wrapDisk: store => storeWith(store, { commit: batch => commitAtAnyHead(store, batch) }),
  },
  {
    name: 'epoch read without a lock',
    wrapDisk: (store, time) => storeWith(store, { commit: batch => commitAfterLooking(store, time, batch) }),
  },
  {
    name: 'unknown commit looked up without a new epoch',
    faults: ['commit unknown'],
    wrapStore: keepingEpochs,
  },
  {
    name: 'a node that never hands over',
    patch: patched(AuthorityRunner.prototype, 'giveUp', () => async () => undefined),
  },
  { name: 'a forwarder that does not repeat', patch: patched(Forwarder.prototype, 'late', () => () => []) },
  { name: 'heads never looked at', patch: patched(HeadWatch.prototype, 'ticked', () => () => new Map()) },
  {
    name: 'an owner that hears itself by the bus alone',
    patch: patched(GatewayRunner.prototype, 'committedHere', () => () => undefined),
  },
]
