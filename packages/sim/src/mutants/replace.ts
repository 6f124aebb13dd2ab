import type { ReplicaStorage } from '@tidemark/client/testing'
import type { Store } from '@tidemark/server/testing'

/** The store with some verbs replaced. */
export function storeWith(store: Store, verbs: Partial<Store>): Store {
  return {
    claim: (shards, owner) => store.claim(shards, owner),
    renew: owner => store.renew(owner),
    release: claims => store.release(claims),
    leave: node => store.leave(node),
    post: (node, word) => store.post(node, word),
    collect: node => store.collect(node),
    heads: workspaces => store.heads(workspaces),
    standings: asked => store.standings(asked),
    open: (workspace, shard) => store.open(workspace, shard),
    read: (workspace, reads) => store.read(workspace, reads),
    commit: batch => store.commit(batch),
    tend: (policy, nowMs) => store.tend(policy, nowMs),
    close: () => store.close(),
    ...verbs,
  }
}

/** Replaces a method for the time of a simulation. */
export function patched<T extends object, K extends keyof T>(
  prototype: T,
  method: K,
  replace: (original: T[K]) => T[K],
) {
  return () => {
    const original = prototype[method]
    prototype[method] = replace(original)
    return () => {
      prototype[method] = original
    }
  }
}

/** The replica's storage with one verb replaced; the others keep their `this`. */
export function storageWith(storage: ReplicaStorage, verbs: Partial<ReplicaStorage>): ReplicaStorage {
  return new Proxy(storage, {
    get(target, name) {
      const own = verbs[name as keyof ReplicaStorage]
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
