import type { Inbox, LiveStore, Rejection } from '@tidemark/client'
import type { AnyCollection, AnyCommand } from '@tidemark/core'
import { derivedStore } from './derivedStore.js'
import { keepItems } from './keepItems.js'

/** The part of the inbox that belongs to these commands and collections. */
export function rejectionsOf(
  inbox: LiveStore<Inbox<Rejection>>,
  of: readonly (AnyCommand | AnyCollection)[],
): LiveStore<Inbox<Rejection>> {
  const sources = of.map(value => `${'fields' in value ? 'write' : 'command'} ${value.name}`).sort()
  return derivedStore<Inbox<Rejection>, Inbox<Rejection>>(inbox, `of ${JSON.stringify(sources)}`, () => {
    const wanted = new Set(sources)
    return (state, previous) => {
      const items = keepItems(
        previous?.items,
        state.items.filter(item => wanted.has(sourceOf(item))),
      )
      return previous?.items === items ? previous : Object.freeze({ ...state, items })
    }
  })
}

function sourceOf(item: Rejection): string {
  return item.kind === 'write' ? `write ${item.collection}` : `command ${item.command}`
}
