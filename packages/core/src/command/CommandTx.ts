import type { AnyCollection, Collection } from '../schema/Collection.js'
import type { ClientInsert, CommandInsert } from '../schema/InsertOf.js'
import type { ClientPatch, CommandPatch } from '../schema/PatchOf.js'
import type { QueryOf } from '../schema/QueryOf.js'
import type { RowOf } from '../schema/RowOf.js'

/** Reads at once; a read that is not in memory throws an `UnreadSignal`. */
export interface ReadTx {
  get<F>(c: Collection<string, F>, id: string): RowOf<F> | undefined
  list<F>(c: Collection<string, F>, query: QueryOf<F>): readonly RowOf<F>[]
}

/** What a command reads and writes: many records of one workspace, all or nothing, decided fields too. */
export interface CommandTx extends ReadTx {
  /** Returns the id; made from the command's id when left out, so preview and decision agree. */
  insert<F>(c: Collection<string, F>, row: CommandInsert<NoInfer<F>>): string
  upsert<F>(c: Collection<string, F>, id: string, row: CommandInsert<NoInfer<F>>): void
  update<F>(c: Collection<string, F>, id: string, patch: CommandPatch<NoInfer<F>>): void
  remove(c: AnyCollection, id: string): void
}

/** What a client's batch reads and writes, all or nothing. */
export interface BatchTx extends ReadTx {
  insert<F>(c: Collection<string, F>, row: ClientInsert<NoInfer<F>>): string
  upsert<F>(c: Collection<string, F>, id: string, row: ClientInsert<NoInfer<F>>): void
  update<F>(c: Collection<string, F>, id: string, patch: ClientPatch<NoInfer<F>>): void
  remove(c: AnyCollection, id: string): void
}
