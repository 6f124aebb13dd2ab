import type { Client, ClientOptions } from './Client.js'
import type { Platform } from './platform/Platform.js'
import { ReplicaClient } from './ReplicaClient.js'

/** A client in a world of one's own making: for tests, the simulator and other runtimes. */
export function createClientWith(options: ClientOptions, platform: Platform): Client {
  return new ReplicaClient(options, platform)
}
