import type { LiveStore } from '@tidemark/client'
import { type Condition, compileMatcher } from '@tidemark/core'
import { keepItems } from '../store/keepItems.js'
import type { AnyOther, SeenOther } from './seenOthers.js'

const nobody: readonly AnyOther[] = Object.freeze([])

/**
 * Those of the others whose state satisfies a condition (as JSON). An area of interest moves with whoever looks, so
 * the store belongs to its caller; those who stay within keep their identity. On the server there is nobody.
 */
export function othersWithin(seen: LiveStore<readonly SeenOther[]>, area: string): LiveStore<readonly AnyOther[]> {
  const isWithin = compileMatcher(JSON.parse(area) as Condition)
  let last: { readonly from: readonly SeenOther[]; readonly to: readonly AnyOther[] } | undefined
  return {
    getSnapshot() {
      const from = seen.getSnapshot()
      if (last?.from !== from) {
        const within = from.filter(({ whole }) => isWithin(whole.state))
        const shown = within.map(other => other.shown)
        last = { from, to: keepItems(last?.to ?? nobody, shown) }
      }
      return last.to
    },
    getServerSnapshot: () => nobody,
    subscribe: listener => seen.subscribe(listener),
  }
}
