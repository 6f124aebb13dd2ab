/** What a row field can hold as one value: what queries filter and sort by. */
export type Scalar = string | number | boolean | null

export type Json = Scalar | readonly Json[] | { readonly [key: string]: Json }

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
