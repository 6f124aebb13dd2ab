import type { Client, ClientOptions } from './Client.js'
import { ambientPlatform } from './platform/ambientPlatform.js'
import { ReplicaClient } from './ReplicaClient.js'

/**
 * A client of one workspace for one user. Nothing happens before it is used: it can be made in a render, under StrictMode
 * and on a server.
 */
export function createClient(options: ClientOptions): Client {
  return new ReplicaClient(options, ambientPlatform(options.storage))
}
