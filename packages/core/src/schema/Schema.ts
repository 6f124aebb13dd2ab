import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Any validator that speaks Standard Schema: zod, valibot, arktype … */
export type Schema<I = unknown, O = I> = StandardSchemaV1<I, O>
export type In<S extends Schema> = StandardSchemaV1.InferInput<S>
export type Out<S extends Schema> = StandardSchemaV1.InferOutput<S>

/** arktype's validators are functions, so both are looked at. */
export function isSchema(value: unknown): value is Schema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const standard: unknown = (value as Partial<Schema>)['~standard']
  return typeof standard === 'object' && standard !== null && 'validate' in standard
}
