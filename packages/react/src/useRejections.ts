import type { Inbox, Rejection, RejectionOf } from '@tidemark/client'
import type { AnyCollection, AnyCommand } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { rejectionsOf } from './store/rejectionsOf.js'
import { useStore } from './store/useStore.js'

/**
 * The writes and commands that were refused, with their content, until they are acknowledged or retried. Durable, and
 * one inbox for all tabs. The values that are passed choose whose, and give the items their types.
 */
export function useRejections(): Inbox<Rejection>
export function useRejections<const T extends readonly (AnyCommand | AnyCollection)[]>(
  of: T,
): Inbox<RejectionOf<T[number]>>
export function useRejections(of?: readonly (AnyCommand | AnyCollection)[]): unknown {
  const { rejections } = useClient()
  return useStore(of ? rejectionsOf(rejections, of) : rejections)
}
