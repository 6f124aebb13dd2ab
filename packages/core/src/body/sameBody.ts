import * as Y from 'yjs'
import { openBody } from './openBody.js'

/**
 * Whether two stored states hold the same content: the same vectors *and* the same deletions, which
 * vectors do not cover. By Yjs' own guarantee equal content then reads the same.
 */
export function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  return Y.equalSnapshots(snapshotOf(a), snapshotOf(b))
}

function snapshotOf(state: Uint8Array): Y.Snapshot {
  const doc = openBody(state, '')
  const snapshot = Y.snapshot(doc)
  doc.destroy()
  return snapshot
}
