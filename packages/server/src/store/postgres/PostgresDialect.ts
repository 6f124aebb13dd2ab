import { type CollectionModel, caseFolding, foldCase, type Scalar } from '@tidemark/core'
import { endOfPrefix } from '../sql/endOfPrefix.js'
import type { QueryDialect, RangeOperator } from '../sql/QueryDialect.js'
import { type FieldSql, fieldSql, headLength, headOf, placeOf, ranks } from './fieldSql.js'

/** How a comparison looks on what an index holds, when that is only the beginning of both sides. */
const looseOperators = { '>': '>=', '>=': '>=', '<': '<=', '<=': '<=', '=': '=' } as const

/**
 * Conditions on the place of each field, for one collection.
 *
 * An index holds the head of a place. With an operand shorter than a head, to compare heads is to compare places; with
 * a longer one the heads narrow and the places decide. Sorted by heads, a list is in its order unless it has a row
 * whose place is longer: whoever reads asks for that (`isCut`), and then reads again with `exact`.
 */
export class PostgresDialect implements QueryDialect<unknown> {
  readonly #fields = new Map<string, FieldSql>()

  /** `parameters` are those of the whole statement: `bind` appends to them. */
  constructor(
    private readonly model: CollectionModel | undefined,
    private readonly parameters: unknown[],
    private readonly exact = false,
  ) {}

  bind(parameter: unknown): string {
    return `$${this.parameters.push(parameter)}`
  }

  columns(field: string): readonly string[] {
    if (field === 'id') return ['id']
    const { head, place } = this.#field(field)
    if (head === undefined) return [place]
    return this.exact ? [head, place] : [head]
  }

  place(field: string, scalar: Scalar): readonly unknown[] {
    if (field === 'id') return [typeof scalar === 'string' ? scalar : '']
    const place = placeOf(scalar)
    if (this.#field(field).head === undefined) return [place]
    return this.exact ? [headOf(place), place] : [headOf(place)]
  }

  /** Whether a row's place among these fields is longer than what `columns` compares. */
  isCut(fields: readonly string[]): string {
    const heads = fields.flatMap(field => (field === 'id' ? [] : (this.#field(field).head ?? [])))
    if (this.exact || heads.length === 0) return 'FALSE'
    return `(${heads.map(head => `length(${head}) >= ${headLength}`).join(' OR ')})`
  }

  equal(field: string, scalar: Scalar): string {
    if (field === 'id') return typeof scalar === 'string' ? `id = ${this.bind(scalar)}` : 'FALSE'
    return this.#compare(field, '=', placeOf(scalar))
  }

  among(field: string, scalars: readonly Scalar[]): string {
    if (field === 'id') return `id = ANY(${this.bind(scalars.filter(scalar => typeof scalar === 'string'))}::text[])`
    const { head, place } = this.#field(field)
    const places = scalars.map(placeOf)
    const ofPlaces = () => `${place} = ANY(${this.bind(places)}::text[])`
    if (head === undefined) return ofPlaces()
    const ofHeads = `${head} = ANY(${this.bind(places.map(headOf))}::text[])`
    return places.some(isLong) ? `(${ofHeads} AND ${ofPlaces()})` : ofHeads
  }

  compare(field: string, operator: RangeOperator, operand: string | number): string {
    if (field === 'id') return typeof operand === 'string' ? `id ${operator} ${this.bind(operand)}` : 'FALSE'
    const [from, to] = typeof operand === 'string' ? [ranks.string, ranks.end] : [ranks.number, ranks.string]
    const isLower = operator === '>' || operator === '>='
    const ofType = isLower ? this.#compare(field, '<', to) : this.#compare(field, '>=', from)
    return `(${ofType} AND ${this.#compare(field, operator, placeOf(operand))})`
  }

  /** All strings with a prefix stand together: from the prefix to the first string that is past all of them. */
  startsWith(field: string, prefix: string): string {
    const end = endOfPrefix(prefix)
    const from = this.compare(field, '>=', prefix)
    return end === undefined ? from : `(${from} AND ${this.compare(field, '<', end)})`
  }

  contains(field: string, text: string): string {
    const string = field === 'id' ? 'id' : `substr(${this.#field(field).place}, 2)`
    const folded = `translate(${string}, '${caseFolding.from}', '${caseFolding.to}')`
    const found = `strpos(${folded}, ${this.bind(foldCase(text))}) > 0`
    return field === 'id' ? found : `(${this.#compare(field, '>=', ranks.string)} AND ${found})`
  }

  has(field: string, scalar: Scalar): string {
    return `${this.#field(field).json} @> ${this.bind(JSON.stringify([scalar]))}::jsonb`
  }

  #compare(field: string, operator: RangeOperator | '=', operand: string): string {
    const { head, place } = this.#field(field)
    const ofPlace = () => `${place} ${operator} ${this.bind(operand)}`
    if (head === undefined) return ofPlace()
    if (!isLong(operand)) return `${head} ${operator} ${this.bind(operand)}`
    return `(${head} ${looseOperators[operator]} ${this.bind(headOf(operand))} AND ${ofPlace()})`
  }

  #field(name: string): FieldSql {
    const known = this.#fields.get(name)
    if (known !== undefined) return known
    const field = fieldSql(this.model, name)
    this.#fields.set(name, field)
    return field
  }
}

const isLong = (place: string): boolean => place.length >= headLength
