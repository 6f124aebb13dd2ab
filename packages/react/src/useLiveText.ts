import type { LiveStore, LiveTextOf } from '@tidemark/client'
import type { Collection, RichTextKey, TextKey } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleText } from './store/idle.js'
import { useStore } from './store/useStore.js'

/**
 * A text of a record for an editor: `text`, or `fragment` for rich text.
 *
 * After a refused edit the body is rebuilt and this yields a new object: bind the editor anew when it changes.
 */
export function useLiveText<F, K extends TextKey<F> | RichTextKey<F>>(
  collection: Collection<string, F>,
  id: string | null,
  field: K,
): LiveTextOf<F, K> {
  const client = useClient()
  const idle = idleText as unknown as LiveStore<LiveTextOf<F, K>>
  return useStore(id === null ? idle : client.text(collection, id, field))
}
