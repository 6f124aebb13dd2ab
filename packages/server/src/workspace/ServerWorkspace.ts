import type {
  AnyCollection,
  ChangeGap,
  ChangeOf,
  ChangeSource,
  Collection,
  Command,
  CommandInsert,
  CommandPatch,
  CommandTx,
  In,
  OpenCollection,
  OutcomeOf,
  QueryOf,
  RowOf,
  Schema,
} from '@tidemark/core'

/** What server code does in one workspace: reads and writes without rules, decided fields included. */
export interface ServerWorkspace {
  get<F>(c: Collection<string, F>, id: string): Promise<RowOf<F> | undefined>
  list<F>(c: Collection<string, F>, q: QueryOf<NoInfer<F>>): Promise<readonly RowOf<F>[]>
  insert<F>(c: Collection<string, F>, row: CommandInsert<NoInfer<F>>): Promise<string>
  upsert<F>(c: Collection<string, F>, id: string, row: CommandInsert<NoInfer<F>>): Promise<void>
  update<F>(c: Collection<string, F>, id: string, patch: CommandPatch<NoInfer<F>>): Promise<void>
  remove(c: AnyCollection | OpenCollection, id: string): Promise<void>
  /** All or nothing. */
  batch(write: (tx: CommandTx) => void): Promise<void>
  /** Rights changed outside Tidemark: takes effect at a seq, for connected and absent clients alike. */
  accessChanged(who: { readonly userId: string } | 'all'): Promise<void>
  run<N extends string, I extends Schema, R, J>(
    c: Command<N, I, R, J>,
    input: In<I>,
    o?: { readonly userId?: string; readonly idempotencyKey?: string },
  ): Promise<OutcomeOf<R, J>>
  /** At least once, on one node of the cluster; the position is stored under the name. */
  onChange<T extends ChangeSource>(
    of: T,
    o: { readonly name: string },
    listener: (c: ChangeOf<T> | ChangeGap) => void | Promise<void>,
  ): () => void
}
