import type { AnyCommand, PresenceScope, SchemaDef } from '@tidemark/core'
import type { AccessRules, BaseUser } from './access/AccessRules.js'
import type { BusAdapter } from './bus/BusAdapter.js'
import type { Limits } from './limits.js'
import type { Log } from './log/Log.js'
import type { StoreAdapter } from './store/StoreAdapter.js'
import type { ServerWorkspace } from './workspace/ServerWorkspace.js'

export interface Credentials {
  readonly token: string | null
  readonly request: { readonly headers: Record<string, string | undefined> }
}
/** `expiresAt` (ms): the session authenticates again or closes then. */
export type Authenticated<U> = U & { readonly expiresAt?: number }

export interface NodeOptions<S extends SchemaDef, U extends BaseUser> {
  readonly schema: S
  readonly commands?: readonly AnyCommand[]
  readonly presence?: readonly PresenceScope[]
  /** Left out: the embedded store in ./.tidemark. */
  readonly store?: StoreAdapter
  /** Left out: one node, nothing to coordinate. */
  readonly bus?: BusAdapter
  /** What people call this node, as logs and the clients' `status` show it. */
  readonly name?: string
  /** Throw to refuse. */
  readonly authenticate: (credentials: Credentials) => Authenticated<U> | Promise<Authenticated<U>>
  readonly access: AccessRules<S, NoInfer<U>>
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<Limits>
  /** Left out: JSON lines on standard output from `TIDEMARK_LOG` (or `warn`) on. */
  readonly log?: Log
}

/** A running node. */
export interface TidemarkNode {
  listen(o: { readonly port: number; readonly host?: string }): Promise<{ readonly url: string }>
  /** Takes a `node:http` server that the app owns. */
  attach(server: object): void
  workspace(id: string): ServerWorkspace
  /** Hands shards over, moves sessions, flushes. */
  stop(): Promise<void>
}
