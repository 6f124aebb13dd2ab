import { compareRows, type ListQuery, matches, parseQuery, queryRowOf, type RowValues } from '@tidemark/core'
import type { ListQuery as GivenQuery } from '../device/SimTab.js'
import type { History } from '../node/History.js'
import { canRead, type Membership } from '../workload/Rights.js'

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

/** The naive answer to a question, from the history alone. */
export class Expectation {
  constructor(private readonly history: History) {}

  list(userId: string, membership: Membership, collection: string, given: GivenQuery, seq: number): readonly Row[] {
    const query = parseQuery(given as object)
    const rows = this.rows(userId, membership, collection, query, seq)
    return query.limit === null ? rows : rows.slice(0, query.limit)
  }

  count(userId: string, membership: Membership, collection: string, where: object, seq: number): number {
    return this.rows(userId, membership, collection, parseQuery({ where }), seq).length
  }

  rows(userId: string, membership: Membership, collection: string, query: ListQuery, seq: number): readonly Row[] {
    const rows: Row[] = []
    for (const { id, values } of this.history.rowsAt(collection, seq)) {
      if (!canRead(userId, membership, collection, values)) continue
      const row = queryRowOf(id, values)
      if (matches(query.where, row)) rows.push(row as Row)
    }
    const order = compareRows(query.orderBy)
    return rows.sort((a, b) => order(a as unknown as RowValues, b as unknown as RowValues))
  }
}
