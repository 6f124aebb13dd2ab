import type { LiveStore } from '@tidemark/client'
import { derivedStore } from './derivedStore.js'
import { keepItems } from './keepItems.js'
import { keepState } from './keepState.js'
import { type AnyRow, pickFields } from './pickFields.js'

interface ListState {
  readonly data: readonly AnyRow[]
}

/** A list seen through some of its fields: a row keeps its identity, and the array its own, while those stay. */
export function selectRows<S extends ListState>(store: LiveStore<S>, select: readonly string[]): LiveStore<S> {
  return derivedStore<S, S>(store, `select ${JSON.stringify(select)}`, () => {
    let pickById = new Map<string, { readonly row: AnyRow; readonly pick: AnyRow }>()
    return (state, previous) => {
      const next: typeof pickById = new Map()
      for (const row of state.data) {
        const known = pickById.get(row.id)
        next.set(row.id, known?.row === row ? known : { row, pick: pickFields(row, select, known?.pick) })
      }
      pickById = next
      const data = keepItems(
        previous?.data,
        Array.from(next.values(), ({ pick }) => pick),
      )
      return keepState(previous, { ...state, data })
    }
  })
}
