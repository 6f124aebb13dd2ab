import type {
  AnyCollection,
  AnyCommand,
  BatchTx,
  ChangeGap,
  ChangeOf,
  ChangeSource,
  ClientInsert,
  ClientPatch,
  Collection,
  Command,
  In,
  InsertReceipt,
  ListTarget,
  OpenCollection,
  Other,
  Out,
  PresenceScope,
  QueryOf,
  Receipt,
  RecordTarget,
  RichTextKey,
  RowOf,
  Schema,
  SchemaDef,
  TextKey,
  WhereOf,
} from '@tidemark/core'
import type { ClientLimits } from './ClientLimits.js'
import type { LiveCount, LiveDoc, LiveList, LiveRecord, LiveStore, LiveTextOf } from './LiveState.js'
import type { OutboxItem } from './OutboxItem.js'
import type { Inbox, Rejection } from './Rejection.js'
import type { Snapshot } from './Snapshot.js'
import type { SyncStatus } from './SyncStatus.js'

export interface ReadOptions {
  /** `local`: what the replica has; `server`: waits until it is known to be current. */
  readonly until?: 'local' | 'server'
}

export interface ChangesOptions {
  /** Keeps the position across reloads and tabs: saved before the listener is called. */
  readonly name?: string
  /** `atLeastOnce`: saved after the listener returned. */
  readonly deliver?: 'atMostOnce' | 'atLeastOnce'
}

/** One user's replica of one workspace. `get` and `list` answer once, as in `tx` and on the node; `live…` are stores. */
export interface Client {
  get<F>(c: Collection<string, F>, id: string, o?: ReadOptions): Promise<RowOf<F> | undefined>
  list<F>(c: Collection<string, F>, query: QueryOf<NoInfer<F>>, o?: ReadOptions): Promise<readonly RowOf<F>[]>
  liveRecord<F>(c: Collection<string, F>, id: string): LiveStore<LiveRecord<F, RowOf<F>>>
  liveList<F>(c: Collection<string, F>, query: QueryOf<NoInfer<F>>): LiveStore<LiveList<RowOf<F>>>
  liveCount<F>(c: Collection<string, F>, where: WhereOf<NoInfer<F>>): LiveStore<LiveCount>
  /** Takes what a server component read as the first paint; once per snapshot. */
  hydrate(snapshot: Snapshot): void

  insert<F>(c: Collection<string, F>, row: ClientInsert<NoInfer<F>>): InsertReceipt
  upsert<F>(c: Collection<string, F>, id: string, row: ClientInsert<NoInfer<F>>): Receipt
  update<F>(c: Collection<string, F>, id: string, patch: ClientPatch<NoInfer<F>>): Receipt
  remove(c: AnyCollection, id: string): Receipt
  batch(write: (tx: BatchTx) => void): Receipt
  run<N extends string, I extends Schema, R, J>(c: Command<N, I, R, J>, input: In<I>): Receipt<R, J>

  /** To have it, with `bodies` its texts too, offline. */
  prefetch(
    targets: readonly (RecordTarget | ListTarget | AnyCollection)[],
    o?: { readonly bodies?: boolean },
  ): Promise<void>
  /** Every relevant change of rows, once and in order. */
  changes<T extends ChangeSource>(
    of: T,
  ): { subscribe(listener: (c: ChangeOf<T> | ChangeGap) => void, o?: ChangesOptions): () => void }
  /** A rebuild of the body (after a refusal) yields a new text object. */
  text<F, K extends TextKey<F> | RichTextKey<F>>(
    c: Collection<string, F>,
    id: string,
    field: K,
  ): LiveStore<LiveTextOf<F, K>>
  doc(c: OpenCollection, id: string): LiveStore<LiveDoc>
  presence<S extends Schema>(
    p: PresenceScope<S>,
  ): LiveStore<readonly Other<Out<S>>[]> & { set(patch: Partial<Out<S>>): void; leave(): void }

  readonly status: LiveStore<SyncStatus>
  readonly outbox: LiveStore<{ readonly items: readonly OutboxItem[] }> & {
    /** The receipt of a queued write again, and of a command or a refusal that was decided lately; after a reload too. */
    // biome-ignore lint/suspicious/noExplicitAny: its own codes are those of whatever is queued
    receipt(writeId: string): Receipt<unknown, any> | undefined
  }
  readonly rejections: LiveStore<Inbox<Rejection>>

  connect(): void
  /** Goes offline on purpose, until `connect`. */
  disconnect(): void
  /** Resolves when the outbox is empty and everything mounted is current. */
  settled(): Promise<void>
  close(): Promise<void>
  /** `discard` removes the user's replica from this browser. */
  signOut(o: { readonly unsent: 'keep' | 'discard' }): Promise<void>
}

export interface ClientOptions {
  readonly schema: SchemaDef
  readonly commands?: readonly AnyCommand[]
  readonly presence?: readonly PresenceScope[]
  readonly url: string
  readonly workspace: string
  readonly userId: string
  /** The token of the connection that is about to be made. */
  readonly auth?: () => string | null | Promise<string | null>
  readonly storage?: 'indexeddb' | 'memory'
  readonly limits?: Partial<ClientLimits>
}
