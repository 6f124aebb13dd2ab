import { mergeUpdates, openBody, stateOfBody } from '@tidemark/core'

/**
 * A body's state with later updates in it, garbage-collected. Updates that the state contains change nothing, so a
 * fold may be repeated.
 */
export function foldBody(state: Uint8Array | null, updates: readonly Uint8Array[]): Uint8Array {
  if (state !== null && updates.length === 0) return state
  const whole = mergeUpdates(state === null ? updates : [state, ...updates])
  const doc = openBody(whole, 'fold')
  const folded = stateOfBody(doc)
  doc.destroy()
  return folded
}
