export { createServerClient } from './createServerClient.js'
export type { ServerClient, ServerClientOptions, Snapshot } from './Snapshot.js'
