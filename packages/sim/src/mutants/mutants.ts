import type { Store } from '@tidemark/server/testing'
import { Saver } from '../../../client/src/replica/Saver.js'
import { WorkspaceMemory } from '../../../server/src/authority/WorkspaceMemory.js'
import { WorkspaceFeed } from '../../../server/src/feed/WorkspaceFeed.js'
import { InterestIndex } from '../../../server/src/interest/InterestIndex.js'
import { WorkspaceGateway } from '../../../server/src/session/WorkspaceGateway.js'
import type { Mutant } from '../sim/Mutant.js'
import { clusterMutants } from './clusterMutants.js'
import { patched, storageWith, storeWith } from './replace.js'

/** Runs the real `read` and changes what it gave. */
function reading(store: Store, change: (name: string, result: unknown) => unknown): Store {
  const read = async (workspace: string, reads: Parameters<Store['read']>[1]) => {
    const results = await store.read(workspace, reads)
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, name === 'head' ? result : change(name, result)]),
    )
  }
  return storeWith(store, { read: read as Store['read'] })
}

/** Defects that a node or a client could have; each must be seen within a few seeds. */
export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledge before commit',
    wrapStore: store =>
      storeWith(store, {
        commit: async batch => {
          void store.commit(batch).catch(() => undefined)
          return { status: 'committed' }
        },
      }),
  },
  {
    name: 'a refusal without a commit',
    wrapStore: store =>
      storeWith(store, {
        commit: async batch =>
          batch.workspaces.every(({ changes }) => changes.length === 0)
            ? { status: 'committed' }
            : await store.commit(batch),
      }),
  },
  {
    name: 'numbers not stored',
    wrapDisk: store =>
      storeWith(store, {
        commit: batch =>
          store.commit({ ...batch, workspaces: batch.workspaces.map(part => ({ ...part, replicas: [] })) }),
      }),
  },
  {
    name: 'after-image only',
    patch: patched(
      InterestIndex.prototype,
      'route',
      route =>
        function (this: InterestIndex, collection, _before, after) {
          return route.call(this, collection, null, after)
        },
    ),
  },
  {
    name: 'no hole check',
    patch: patched(
      WorkspaceFeed.prototype,
      'received',
      received =>
        function (this: WorkspaceFeed, envelope) {
          const fact = received.call(this, envelope)
          return fact === 'hole' ? 'delivered' : fact
        },
    ),
  },
  {
    name: 'an access entry lost',
    patch: patched(
      WorkspaceGateway.prototype,
      'published',
      published =>
        function (this: WorkspaceGateway, envelope) {
          return published.call(this, {
            ...envelope,
            changes: envelope.changes.filter(({ kind }) => kind !== 'access'),
          })
        },
    ),
  },
  {
    name: "a command's list without the dirty rows",
    patch: patched(WorkspaceMemory.prototype, 'markDirty', () => () => undefined),
  },
  {
    name: 'log tails merged across a hidden span',
    wrapStore: store =>
      reading(store, (name, result) =>
        name.endsWith('.changed') && Array.isArray(result)
          ? result.map(changed => ({ ...changed, rows: [], before: changed.before && changed.state.values }))
          : result,
      ),
  },
  {
    name: 'window enters only from the log',
    faults: ['wire cut', 'tab crash', 'tab closed', 'second tab'],
    wrapStore: store => reading(store, (name, result) => (name.endsWith('.more') ? [] : result)),
  },
  {
    name: 'cursor saved before rows',
    wrapStorage: storage =>
      storageWith(storage, {
        apply: async batch => {
          await storage.apply({ ...batch, rows: [], droppedRows: [], bodies: [], droppedBodies: [] })
          await storage.apply({ ...batch, subscriptions: [], droppedSubscriptions: [], settled: [], rejections: [] })
        },
      }),
  },
  {
    name: 'one cursor for all subscriptions',
    wrapStorage: storage =>
      storageWith(storage, {
        open: async () => {
          const stored = await storage.open()
          const cursor = Math.max(0, ...stored.subscriptions.map(subscription => subscription.cursor))
          return { ...stored, subscriptions: stored.subscriptions.map(subscription => ({ ...subscription, cursor })) }
        },
      }),
  },
  {
    name: 'an outcome stored nowhere',
    faults: ['tab dies with an answer'],
    wrapStorage: storage => storageWith(storage, { apply: batch => storage.apply({ ...batch, outcomes: [] }) }),
  },
  {
    name: 'a text let go of before it is stored',
    faults: ['storage broken'],
    patch: () => {
      const isIdle = Object.getOwnPropertyDescriptor(Saver.prototype, 'isIdle') as PropertyDescriptor
      Object.defineProperty(Saver.prototype, 'isIdle', { get: () => true, configurable: true })
      return () => void Object.defineProperty(Saver.prototype, 'isIdle', isIdle)
    },
  },
  ...clusterMutants,
]
