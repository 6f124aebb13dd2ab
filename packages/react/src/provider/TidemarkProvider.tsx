import type { Client, Snapshot } from '@tidemark/client'
import { type ReactNode, useEffect } from 'react'
import { ClientContext } from './ClientContext.js'
import { holdClient } from './holdClient.js'

export interface TidemarkProviderProps {
  readonly client: Client
  /** What a server component read: the first paint, in the browser the same as on the server. */
  readonly snapshot?: Snapshot
  readonly children?: ReactNode
}

/**
 * Gives a client to the hooks below, connected as long as it is mounted.
 *
 * One client per workspace: give the provider `key={workspace}` where it can change.
 */
export function TidemarkProvider({ client, snapshot, children }: TidemarkProviderProps): ReactNode {
  // Before the children read, on the server as in the browser; the client takes each snapshot once.
  if (snapshot) client.hydrate(snapshot)
  useEffect(() => holdClient(client), [client])
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
}
