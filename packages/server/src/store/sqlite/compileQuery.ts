import type { CollectionModel, Condition, ListQuery, Scalar, SortTerm } from '@tidemark/core'
import { foldCase } from '@tidemark/core'
import { type FieldSql, fieldSql, type Rank, rankAndValue, ranks } from './fieldSql.js'

export interface CompiledQuery {
  readonly sql: string
  readonly parameters: readonly (string | number)[]
}

/** Where the rows are: the schema's collection, if it still has it, and the collection's key in the tables. */
export interface QueriedCollection {
  readonly key: number
  readonly model: CollectionModel | undefined
}

/**
 * The rows of a list in its order, of those after a sort key if one is given. Only their `rowid`: what SQLite has to
 * sort it copies, and a list with a limit has far fewer rows than were looked at.
 */
export function compileList(
  collection: QueriedCollection,
  workspace: number,
  { where, orderBy, limit }: ListQuery,
  after?: readonly Scalar[],
): CompiledQuery {
  const compiler = new Compiler(collection.model)
  const condition = [compiler.condition(where), ...(after ? [compiler.after(orderBy, after)] : [])].join(' AND ')
  const order = orderBy.flatMap(({ field, descending }) => {
    const columns = field === 'id' ? ['id'] : [compiler.field(field).rank, compiler.field(field).value]
    return columns.map(column => (descending ? `${column} DESC` : column))
  })
  return {
    sql: `SELECT rowid FROM record WHERE ${standing(collection)} AND ${condition} ORDER BY ${order.join(', ')} LIMIT ?`,
    parameters: [workspace, ...compiler.parameters, limit ?? -1],
  }
}

/** How many rows match. */
export function compileCount(collection: QueriedCollection, workspace: number, where: Condition): CompiledQuery {
  const compiler = new Compiler(collection.model)
  const condition = compiler.condition(where)
  return {
    sql: `SELECT count(*) FROM record WHERE ${standing(collection)} AND ${condition}`,
    parameters: [workspace, ...compiler.parameters],
  }
}

/** The key is written out: by it SQLite sees which partial indexes serve. */
const standing = ({ key }: QueriedCollection) => `workspace = ? AND collection = ${key} AND removed = 0`

/** Writes conditions as core's `matches` understands them, and collects their parameters in the order of the text. */
class Compiler {
  readonly parameters: (string | number)[] = []
  readonly #fields = new Map<string, FieldSql>()

  constructor(private readonly model: CollectionModel | undefined) {}

  condition(condition: Condition): string {
    switch (condition.op) {
      case 'true':
        return '1'
      case 'false':
        return '0'
      case 'and':
        return balanced(
          condition.of.map(item => this.condition(item)),
          'AND',
          '1',
        )
      case 'or':
        return balanced(
          condition.of.map(item => this.condition(item)),
          'OR',
          '0',
        )
      case 'not':
        return `NOT (${this.condition(condition.of)})`
      case 'eq':
        return this.#equal(condition.field, condition.value)
      case 'ne':
        return `NOT (${this.#equal(condition.field, condition.value)})`
      case 'in':
        return this.#among(condition.field, condition.values)
      case 'notIn':
        return `NOT (${this.#among(condition.field, condition.values)})`
      case 'gt':
        return this.#compare(condition.field, '>', condition.value)
      case 'gte':
        return this.#compare(condition.field, '>=', condition.value)
      case 'lt':
        return this.#compare(condition.field, '<', condition.value)
      case 'lte':
        return this.#compare(condition.field, '<=', condition.value)
      case 'startsWith':
        return this.#startsWith(condition.field, condition.value)
      case 'contains':
        return this.#typed(condition.field, ranks.string, value => {
          this.parameters.push(foldCase(condition.value))
          return `instr(fold_case(${value}), ?) > 0`
        })
      case 'has':
        return this.#has(condition.field, condition.value)
    }
  }

  /** Strictly after a sort key. */
  after(orderBy: readonly SortTerm[], key: readonly Scalar[]): string {
    const [first, ...rest] = orderBy
    if (first === undefined) return '0'
    if (orderBy.every(({ descending }) => descending === first.descending)) {
      const columns = orderBy.flatMap((term, index) => this.#place(term.field, key[index] ?? null))
      return this.#rowValue(columns, first.descending ? '<' : '>')
    }
    // Mixed directions: the first term decides, or ties and the others do.
    const place = () => this.#place(first.field, key[0] ?? null)
    const beyond = first.descending ? '<' : '>'
    const notBefore = this.#rowValue(place(), `${beyond}=`)
    const isBeyond = this.#rowValue(place(), beyond)
    return `(${notBefore} AND (${isBeyond} OR ${this.after(rest, key.slice(1))}))`
  }

  field(name: string): FieldSql {
    const known = this.#fields.get(name)
    if (known !== undefined) return known
    const field = fieldSql(this.model, name)
    this.#fields.set(name, field)
    return field
  }

  #place(field: string, scalar: Scalar): readonly (readonly [column: string, parameter: string | number])[] {
    if (field === 'id') return [['id', typeof scalar === 'string' ? scalar : '']]
    const [rank, value] = rankAndValue(scalar)
    return [
      [this.field(field).rank, rank],
      [this.field(field).value, value],
    ]
  }

  #rowValue(columns: readonly (readonly [string, string | number])[], operator: string): string {
    this.parameters.push(...columns.map(([, parameter]) => parameter))
    return `(${columns.map(([column]) => column).join(', ')}) ${operator} (${columns.map(() => '?').join(', ')})`
  }

  #equal(field: string, scalar: Scalar): string {
    const [rank, operand] = rankAndValue(scalar)
    return this.#typed(field, rank, value => {
      this.parameters.push(operand)
      return `${value} = ?`
    })
  }

  #compare(field: string, operator: string, operand: string | number): string {
    return this.#typed(field, rankAndValue(operand)[0], value => {
      this.parameters.push(operand)
      return `${value} ${operator} ?`
    })
  }

  /** A long list is one parameter, for SQLite has a limit on those; a short one is spelt out, and looked up in an index. */
  #among(field: string, values: readonly Scalar[]): string {
    const valuesByRank = new Map<Rank, (string | number)[]>()
    for (const scalar of values) {
      const [rank, value] = rankAndValue(scalar)
      valuesByRank.set(rank, [...(valuesByRank.get(rank) ?? []), value])
    }
    const terms = Array.from(valuesByRank, ([rank, list]) =>
      this.#typed(field, rank, value => {
        if (list.length <= maxSpeltValues) {
          this.parameters.push(...list)
          return `${value} IN (${list.map(() => '?').join(', ')})`
        }
        this.parameters.push(JSON.stringify(list))
        return `${value} IN (SELECT ${rank === ranks.string ? 'value' : 'value + 0.0'} FROM json_each(?))`
      }),
    )
    return balanced(terms, 'OR', '0')
  }

  /** All strings with a prefix stand together: from the prefix to the first string that is past all of them. */
  #startsWith(field: string, prefix: string): string {
    return this.#typed(field, ranks.string, value => {
      this.parameters.push(prefix)
      const end = endOfPrefix(prefix)
      if (end === undefined) return `${value} >= ?`
      this.parameters.push(end)
      return `${value} >= ? AND ${value} < ?`
    })
  }

  #has(field: string, scalar: Scalar): string {
    const { storedType, path, missing } = this.field(field)
    const [rank, operand] = rankAndValue(scalar)
    const comparesValue = rank === ranks.number || rank === ranks.string
    if (comparesValue) this.parameters.push(operand)
    const types = { 0: "'null'", 1: "'false'", 2: "'true'", 3: "'integer', 'real'", 4: "'text'" }[rank]
    const equal = comparesValue ? ` AND element.atom${rank === ranks.number ? ' + 0.0' : ''} = ?` : ''
    const elements = `SELECT 1 FROM json_each(record.row, ${path}) AS element WHERE element.type IN (${types})${equal}`
    const holds = `${storedType} = 'array' AND EXISTS (${elements})`
    const isInDefault = Array.isArray(missing) && missing.includes(scalar)
    return isInDefault ? `(${storedType} IS NULL OR (${holds}))` : `(${holds})`
  }

  /** A condition on the value, of values of one type. An id is always a string. */
  #typed(field: string, rank: Rank, onValue: (value: string) => string): string {
    if (field === 'id') return rank === ranks.string ? `(${onValue('id')})` : '0'
    const { rank: rankSql, value } = this.field(field)
    return `(${rankSql} = ${rank} AND ${onValue(value)})`
  }
}

/** As many as the interest index looks up one by one. */
const maxSpeltValues = 16

/** Joined in pairs of pairs: SQLite limits the depth of an expression, and a plain chain is as deep as it is long. */
function balanced(terms: readonly string[], operator: 'AND' | 'OR', neutral: string): string {
  if (terms.length <= 1) return terms[0] ?? neutral
  const middle = terms.length >> 1
  return `(${balanced(terms.slice(0, middle), operator, neutral)} ${operator} ${balanced(terms.slice(middle), operator, neutral)})`
}

/** The first string after all that begin with the prefix, by code points; undefined if there is none. */
function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, character => character.codePointAt(0) as number)
  while (points.at(-1) === 0x10ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  // The surrogates are no characters.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}
