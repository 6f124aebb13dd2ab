import type { Client } from '@tidemark/client'
import { TidemarkError } from '@tidemark/core'
import { useContext } from 'react'
import { ClientContext } from './ClientContext.js'

/** The client of the provider above. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client) return client
  throw new TidemarkError('BAD_CONFIG', 'There is no client here: put <TidemarkProvider client={client}> above.')
}
