import type { Client } from '@tidemark/client'

interface Holding {
  holders: number
  isConnected: boolean
}

const holdingByClient = new WeakMap<Client, Holding>()

/**
 * Connects the client for its first holder, and disconnects it after its last one has gone.
 *
 * The release waits for the end of the task: StrictMode and Fast Refresh unmount and mount again within one, and
 * neither shall cost a connection, nor undo an app's own `disconnect`.
 */
export function holdClient(client: Client): () => void {
  const holding = holdingByClient.get(client) ?? { holders: 0, isConnected: false }
  holdingByClient.set(client, holding)
  holding.holders += 1
  if (!holding.isConnected) {
    holding.isConnected = true
    client.connect()
  }
  return () => {
    holding.holders -= 1
    setTimeout(() => {
      if (holding.holders > 0 || !holding.isConnected) return
      holding.isConnected = false
      client.disconnect()
    })
  }
}
