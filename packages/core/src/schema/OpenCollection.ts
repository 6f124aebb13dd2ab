import { modelOf } from './CollectionModel.js'
import type { RecordTarget } from './Target.js'

/** Records with an empty row whose body may hold any Yjs content. */
export interface OpenCollection<N extends string = string> {
  readonly name: N
  readonly open: true
  // biome-ignore lint/complexity/noBannedTypes: no fields at all
  record(id: string): RecordTarget<N, {}>
}

/** Defines a collection of Yjs documents of any content: whiteboards, documents, existing Yjs apps. */
export function openCollection<const N extends string>(name: N): OpenCollection<N> {
  const definition: OpenCollection<N> = Object.freeze({
    name,
    open: true as const,
    record: (id: string) => ({ collection: name, record: id }),
  })
  modelOf(definition)
  return definition
}
