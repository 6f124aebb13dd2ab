import type { ChangesOptions } from '@tidemark/client'
import { type ChangeGap, type ChangeOf, type ChangeSource, canonicalJson, type Json } from '@tidemark/core'
import { useEffect, useRef } from 'react'
import { useClient } from './provider/useClient.js'

/** Tells each relevant change of rows once and in order, as long as this is mounted; with a name, across reloads too. */
export function useChanges<T extends ChangeSource>(
  of: T,
  listener: (change: ChangeOf<T> | ChangeGap) => void,
  { name, deliver }: ChangesOptions = {},
): void {
  const client = useClient()
  const latest = useRef({ of, listener })
  useEffect(() => {
    latest.current = { of, listener }
  })
  const source = keyOf(of)
  // `source` stands for the target, which may be a new object in each render.
  useEffect(() => {
    const options = { ...(name !== undefined && { name }), ...(deliver !== undefined && { deliver }) }
    return client.changes(latest.current.of).subscribe(change => latest.current.listener(change), options)
  }, [client, source, name, deliver])
}

/** Equal for targets that mean the same. A schema is the whole workspace, of which a client has one. */
function keyOf(source: ChangeSource): string {
  if ('collections' in source) return 'workspace'
  if ('name' in source) return `collection ${source.name}`
  return canonicalJson(source as unknown as Json)
}
