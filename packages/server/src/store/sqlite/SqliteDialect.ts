import { type CollectionModel, foldCase, type Scalar } from '@tidemark/core'
import { balanced } from '../sql/balanced.js'
import { endOfPrefix } from '../sql/endOfPrefix.js'
import type { QueryDialect, RangeOperator } from '../sql/QueryDialect.js'
import { type FieldSql, fieldSql, type Rank, rankAndValue, ranks } from './fieldSql.js'

/** As many as the interest index looks up one by one. */
const maxSpeltValues = 16

/** Conditions on the pair `(rank, value)` of each field, for one statement over one collection. */
export class SqliteDialect implements QueryDialect<string | number> {
  readonly parameters: (string | number)[] = []
  readonly #fields = new Map<string, FieldSql>()

  constructor(private readonly model: CollectionModel | undefined) {}

  bind(parameter: string | number): string {
    this.parameters.push(parameter)
    return '?'
  }

  columns(field: string): readonly string[] {
    return field === 'id' ? ['id'] : [this.#field(field).rank, this.#field(field).value]
  }

  place(field: string, scalar: Scalar): readonly (string | number)[] {
    return field === 'id' ? [typeof scalar === 'string' ? scalar : ''] : rankAndValue(scalar)
  }

  equal(field: string, scalar: Scalar): string {
    const [rank, operand] = rankAndValue(scalar)
    return this.#typed(field, rank, value => `${value} = ${this.bind(operand)}`)
  }

  compare(field: string, operator: RangeOperator, operand: string | number): string {
    return this.#typed(field, rankAndValue(operand)[0], value => `${value} ${operator} ${this.bind(operand)}`)
  }

  /** A long list is one parameter, for SQLite has a limit on those; a short one is spelt out, and looked up in an index. */
  among(field: string, scalars: readonly Scalar[]): string {
    const valuesByRank = new Map<Rank, (string | number)[]>()
    for (const scalar of scalars) {
      const [rank, value] = rankAndValue(scalar)
      valuesByRank.set(rank, [...(valuesByRank.get(rank) ?? []), value])
    }
    const terms = Array.from(valuesByRank, ([rank, list]) =>
      this.#typed(field, rank, value => {
        if (list.length <= maxSpeltValues) return `${value} IN (${list.map(one => this.bind(one)).join(', ')})`
        const element = rank === ranks.string ? 'value' : 'value + 0.0'
        return `${value} IN (SELECT ${element} FROM json_each(${this.bind(JSON.stringify(list))}))`
      }),
    )
    return balanced(terms, 'OR', 'FALSE')
  }

  /** All strings with a prefix stand together: from the prefix to the first string that is past all of them. */
  startsWith(field: string, prefix: string): string {
    return this.#typed(field, ranks.string, value => {
      const from = `${value} >= ${this.bind(prefix)}`
      const end = endOfPrefix(prefix)
      return end === undefined ? from : `${from} AND ${value} < ${this.bind(end)}`
    })
  }

  contains(field: string, text: string): string {
    const folded = foldCase(text)
    return this.#typed(field, ranks.string, value => `instr(fold_case(${value}), ${this.bind(folded)}) > 0`)
  }

  has(field: string, scalar: Scalar): string {
    const { storedType, path, missing } = this.#field(field)
    const [rank, operand] = rankAndValue(scalar)
    const types = { 0: "'null'", 1: "'false'", 2: "'true'", 3: "'integer', 'real'", 4: "'text'" }[rank]
    const element = rank === ranks.number ? 'element.atom + 0.0' : 'element.atom'
    const equal = rank === ranks.number || rank === ranks.string ? ` AND ${element} = ${this.bind(operand)}` : ''
    const elements = `SELECT 1 FROM json_each(record.row, ${path}) AS element WHERE element.type IN (${types})${equal}`
    const holds = `${storedType} = 'array' AND EXISTS (${elements})`
    const isInDefault = Array.isArray(missing) && missing.includes(scalar)
    return isInDefault ? `(${storedType} IS NULL OR (${holds}))` : `(${holds})`
  }

  /** A condition on the value, of values of one type. An id is always a string. */
  #typed(field: string, rank: Rank, onValue: (value: string) => string): string {
    if (field === 'id') return rank === ranks.string ? `(${onValue('id')})` : 'FALSE'
    const { rank: rankSql, value } = this.#field(field)
    return `(${rankSql} = ${rank} AND ${onValue(value)})`
  }

  #field(name: string): FieldSql {
    const known = this.#fields.get(name)
    if (known !== undefined) return known
    const field = fieldSql(this.model, name)
    this.#fields.set(name, field)
    return field
  }
}
