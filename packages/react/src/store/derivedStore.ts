import type { LiveStore } from '@tidemark/client'

/** Makes one state of another. `previous` is what it made last: returned again where nothing changed. */
export type Derive<A, B> = (state: A, previous: B | undefined) => B

const derivedByStore = new WeakMap<object, Map<string, LiveStore<unknown>>>()

/**
 * The store that `derive` makes of a base store, one for each key: equal keys must mean equal results, so that all
 * components that select the same share one state and its identity. Lives as long as its base.
 *
 * `createDerive` is called once for what the browser shows and once for what the server rendered: each has its memory.
 */
export function derivedStore<A, B>(base: LiveStore<A>, key: string, createDerive: () => Derive<A, B>): LiveStore<B> {
  const derivedByKey = derivedByStore.get(base) ?? new Map<string, LiveStore<unknown>>()
  derivedByStore.set(base, derivedByKey)
  const known = derivedByKey.get(key) as LiveStore<B> | undefined
  if (known) return known
  const live = remembered(createDerive())
  const rendered = remembered(createDerive())
  const derived: LiveStore<B> = {
    getSnapshot: () => live(base.getSnapshot()),
    getServerSnapshot: () => rendered(base.getServerSnapshot()),
    subscribe: listener => base.subscribe(listener),
  }
  derivedByKey.set(key, derived)
  return derived
}

function remembered<A, B>(derive: Derive<A, B>): (state: A) => B {
  let last: { readonly from: A; readonly to: B } | undefined
  return state => {
    if (!last || last.from !== state) last = { from: state, to: derive(state, last?.to) }
    return last.to
  }
}
