import * as Y from 'yjs'
import { TidemarkError } from '../error/TidemarkError.js'

/**
 * Opens a body. The guid is the caller's, since making a random one costs seven times the document.
 *
 * It holds what its updates say and nothing more: Yjs would tidy the formatting of texts by itself, and so
 * write what nobody ordered and nobody else is told. Throws `INVALID` for an incomplete state.
 */
export function openBody(state: Uint8Array | undefined, guid: string): Y.Doc {
  const doc = new Y.Doc({ guid, gc: true })
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false
  })
  if (state !== undefined) Y.applyUpdate(doc, state)
  mustBeComplete(doc)
  return doc
}

/** The bytes to store or ship of an open body: collected, so that what was deleted is gone. */
export function stateOfBody(doc: Y.Doc): Uint8Array {
  mustBeComplete(doc)
  return Y.encodeStateAsUpdate(doc)
}

function mustBeComplete({ store }: Y.Doc): void {
  if (store.pendingStructs !== null || store.pendingDs !== null) {
    throw new TidemarkError('INVALID', 'A body with pending content is never opened, stored or shipped.')
  }
}
