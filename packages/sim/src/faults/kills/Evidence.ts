import type { RowValues } from '@tidemark/core'
import { applyUpdate, Doc } from 'yjs'
import type { StoreReading } from '../StoreReading.js'
import type { Effect } from './Ledger.js'

/** Finds the traces of writes in what a store holds. */
export class Evidence {
  readonly #removed: ReadonlySet<string>
  readonly #saleTokens: ReadonlySet<unknown>
  readonly #typedById = new Map<string, readonly string[]>()

  constructor(private readonly store: StoreReading) {
    const log = store.log === 'cut' ? [] : store.log
    this.#removed = new Set(log.flatMap(change => (change.kind === 'remove' ? [change.id] : [])))
    this.#saleTokens = new Set(this.rowsOf('sales').map(([, { token }]) => token))
  }

  rowsOf(collection: string): readonly (readonly [id: string, row: RowValues])[] {
    return [...(this.store.rows.get(collection) ?? [])]
  }

  row(collection: string, id: string): RowValues | undefined {
    return this.store.rows.get(collection)?.get(id)
  }

  isDone(effect: Effect, token: string): boolean {
    switch (effect.kind) {
      case 'insert':
      case 'edit':
        return tokensOf(this.row('notes', effect.id)).includes(token)
      case 'remove':
        return this.#removed.has(effect.id)
      case 'ticket':
      case 'pieces':
        return this.#saleTokens.has(token)
    }
  }

  /** How often a token stands in the text of a note. */
  timesTyped(id: string, token: string): number {
    let typed = this.#typedById.get(id)
    if (typed === undefined) {
      const state = this.store.bodies.get(`notes/${id}`)
      typed = state === undefined ? [] : [...textOf(state).matchAll(/\(([^()]*)\)/g)].map(match => match[1] as string)
      this.#typedById.set(id, typed)
    }
    return typed.filter(each => each === token).length
  }
}

export const tokensOf = (row: RowValues | undefined): readonly string[] => (row?.tokens ?? []) as readonly string[]

function textOf(state: Uint8Array): string {
  const doc = new Doc()
  applyUpdate(doc, state)
  const text = doc.getText('text').toString()
  doc.destroy()
  return text
}
