import { mergeUpdates, openBody } from '@tidemark/core'
import * as Y from 'yjs'

/**
 * Of updates on top of a body, in their order, those that find there all they refer to. What builds on an update that was
 * refused has no place to go: it will be refused too, and must not be shown.
 */
export function soundUpdates(
  state: Uint8Array | undefined,
  updates: readonly Uint8Array[],
  guid: string,
): readonly Uint8Array[] {
  const sound: Uint8Array[] = []
  let doc = openBody(state, guid)
  for (const update of updates) {
    Y.applyUpdate(doc, update)
    if (doc.store.pendingStructs === null && doc.store.pendingDs === null) {
      sound.push(update)
      continue
    }
    // What waits in a document waits for ever: it is opened anew without it.
    doc.destroy()
    doc = openBody(mergeUpdates(state === undefined ? sound : [state, ...sound]), guid)
  }
  doc.destroy()
  return sound
}
