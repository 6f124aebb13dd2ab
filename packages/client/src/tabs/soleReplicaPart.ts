import { type Random, randomId } from '@tidemark/core'

const key = 'tidemark tab'

/**
 * What tells apart the replicas of tabs without Web Locks (see `replicaName`): the same for a tab before and after a
 * reload, and never the same for two tabs. A duplicated tab gets a copy of the session storage, so while a page
 * is shown its part is not in there.
 */
export function soleReplicaPart(
  random: Random,
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = sessionStorage,
  page: Pick<EventTarget, 'addEventListener'> = window,
): string {
  const part = session.getItem(key) ?? randomId(random)
  session.removeItem(key)
  page.addEventListener('pagehide', () => session.setItem(key, part))
  page.addEventListener('pageshow', () => session.removeItem(key))
  return part
}
