import type { Scalar } from '@tidemark/core'

export type RangeOperator = '>' | '>=' | '<' | '<='

/**
 * What the SQL stores say differently. Every condition is TRUE or FALSE and never NULL, and what it binds stands in
 * the statement in the order in which it was bound. `id` is a field like any other.
 */
export interface QueryDialect<Parameter> {
  /** Takes a parameter into the statement, and gives what stands for it in the text. */
  bind(parameter: Parameter): string
  /** The columns by which rows sort by a field, the most significant first. */
  columns(field: string): readonly string[]
  /** Where a scalar stands in those columns. */
  place(field: string, scalar: Scalar): readonly Parameter[]
  equal(field: string, scalar: Scalar): string
  among(field: string, scalars: readonly Scalar[]): string
  /** Of values of the operand's type only. */
  compare(field: string, operator: RangeOperator, operand: string | number): string
  startsWith(field: string, prefix: string): string
  contains(field: string, text: string): string
  has(field: string, scalar: Scalar): string
}
