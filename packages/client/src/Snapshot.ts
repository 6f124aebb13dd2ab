import type { ListTarget, RecordTarget, SchemaDef } from '@tidemark/core'

/** What a server component read, for the first paint of the client. Plain JSON, opaque. */
export interface Snapshot {
  readonly '~snapshot': string
}

export interface ServerClientOptions {
  readonly schema: SchemaDef
  readonly url: string
  readonly workspace: string
  readonly token: string | null
}

/** Reads once, for server rendering. */
export interface ServerClient {
  snapshot(targets: readonly (RecordTarget | ListTarget)[]): Promise<Snapshot>
}
