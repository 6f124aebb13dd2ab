import type { Inbox, LiveStore, Rejection } from '@tidemark/client'
import type { AnyCollection, AnyCommand } from '@tidemark/core'
import { derivedStore } from './derivedStore.js'
import { keepItems } from './keepItems.js'
import { keepState } from './keepState.js'

/** The part of the inbox that belongs to these commands and collections. */
export function rejectionsOf(
  inbox: LiveStore<Inbox<Rejection>>,
  of: readonly (AnyCommand | AnyCollection)[],
): LiveStore<Inbox<Rejection>> {
  const sources = of.map(value => `${'fields' in value ? 'write' : 'command'} ${value.name}`).sort()
  return derivedStore<Inbox<Rejection>, Inbox<Rejection>>(inbox, `of ${JSON.stringify(sources)}`, () => {
    const wanted = new Set(sources)
    return (state, previous) => {
      const items = state.items.filter(item => wanted.has(sourceOf(item)))
      return keepState(previous, { ...state, items: keepItems(previous?.items, items) })
    }
  })
}

function sourceOf(item: Rejection): string {
  return item.kind === 'write' ? `write ${item.collection}` : `command ${item.command}`
}
