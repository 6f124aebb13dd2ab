import type { Condition, Scalar, SortTerm } from '@tidemark/core'
import { balanced } from './balanced.js'
import type { QueryDialect } from './QueryDialect.js'

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** Writes conditions as core's `matches` understands them, and orders as core's `compareSortKeys` does. */
export class QueryCompiler<Parameter> {
  constructor(private readonly dialect: QueryDialect<Parameter>) {}

  condition(condition: Condition): string {
    const { dialect } = this
    switch (condition.op) {
      case 'true':
        return 'TRUE'
      case 'false':
        return 'FALSE'
      case 'and':
        return balanced(this.#all(condition.of), 'AND', 'TRUE')
      case 'or':
        return balanced(this.#all(condition.of), 'OR', 'FALSE')
      case 'not':
        return `NOT (${this.condition(condition.of)})`
      case 'eq':
        return dialect.equal(condition.field, condition.value)
      case 'ne':
        return `NOT (${dialect.equal(condition.field, condition.value)})`
      case 'in':
        return dialect.among(condition.field, condition.values)
      case 'notIn':
        return `NOT (${dialect.among(condition.field, condition.values)})`
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return dialect.compare(condition.field, operators[condition.op], condition.value)
      case 'startsWith':
        return dialect.startsWith(condition.field, condition.value)
      case 'contains':
        return dialect.contains(condition.field, condition.value)
      case 'has':
        return dialect.has(condition.field, condition.value)
    }
  }

  order(orderBy: readonly SortTerm[]): string {
    const columns = orderBy.flatMap(({ field, descending }) =>
      this.dialect.columns(field).map(column => (descending ? `${column} DESC` : column)),
    )
    return columns.join(', ')
  }

  /** Strictly after a sort key. */
  after(orderBy: readonly SortTerm[], key: readonly Scalar[]): string {
    const [first, ...rest] = orderBy
    if (first === undefined) return 'FALSE'
    const beyond = first.descending ? '<' : '>'
    if (orderBy.every(({ descending }) => descending === first.descending)) return this.#rowValue(orderBy, key, beyond)
    // Mixed directions: the first term decides, or ties and the others do.
    const notBefore = this.#rowValue([first], key, `${beyond}=`)
    const isBeyond = this.#rowValue([first], key, beyond)
    return `(${notBefore} AND (${isBeyond} OR ${this.after(rest, key.slice(1))}))`
  }

  #all(conditions: readonly Condition[]): string[] {
    return conditions.map(condition => this.condition(condition))
  }

  #rowValue(terms: readonly SortTerm[], key: readonly Scalar[], operator: string): string {
    const columns = terms.flatMap(({ field }) => this.dialect.columns(field))
    const places = terms.flatMap(({ field }, index) => this.dialect.place(field, key[index] ?? null))
    const parameters = places.map(parameter => this.dialect.bind(parameter))
    return `(${columns.join(', ')}) ${operator} (${parameters.join(', ')})`
  }
}
