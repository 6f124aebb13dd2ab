import type { Json, Scalar } from '../json/Json.js'

/** What one write does to one field. */
export type FieldEdit =
  | { readonly kind: 'set'; readonly value: Json }
  | { readonly kind: 'increment'; readonly by: number }
  | { readonly kind: 'elements'; readonly add: readonly Scalar[]; readonly remove: readonly Scalar[] }
  | { readonly kind: 'replaceElements'; readonly elements: readonly Scalar[] }

export type FieldEdits = Readonly<Record<string, FieldEdit>>
