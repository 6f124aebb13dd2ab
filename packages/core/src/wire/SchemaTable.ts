import type * as decoding from 'lib0/decoding'
import { readVarString } from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { isPrototypeKey } from '../json/checkJson.js'
import { malformed } from './malformed.js'
import { readCount } from './read.js'

/**
 * How collections and fields are numbered on the wire: as the node's schema orders them. A client with
 * the same schema hash makes the same table; any other gets it in `welcome` and speaks by it, so
 * a field that only one side knows keeps its name and its value.
 */
export class SchemaTable {
  readonly #collections: readonly TableCollection[]
  readonly #numberByCollection: ReadonlyMap<string, number>
  readonly #numberByField: readonly ReadonlyMap<string, number>[]

  constructor(collections: readonly TableCollection[]) {
    this.#collections = collections
    this.#numberByCollection = new Map(collections.map(({ name }, number) => [name, number]))
    this.#numberByField = collections.map(({ fields }) => new Map(fields.map((field, number) => [field, number])))
  }

  hasCollection(name: string): boolean {
    return this.#numberByCollection.has(name)
  }

  numberOf(collection: string): number {
    const number = this.#numberByCollection.get(collection)
    if (number === undefined) throw new Error(`collection ${collection} is not in the schema table`)
    return number
  }

  collectionAt(number: number): string {
    return this.#at(number).name
  }

  /** Undefined for a field that the other side does not know. */
  fieldNumber(collection: number, field: string): number | undefined {
    return this.#numberByField[collection]?.get(field)
  }

  fieldAt(collection: number, field: number): string {
    const name = this.#at(collection).fields[field]
    if (name === undefined) throw malformed(`no field ${field} in collection ${collection}`)
    return name
  }

  encode(encoder: encoding.Encoder): void {
    encoding.writeVarUint(encoder, this.#collections.length)
    for (const { name, fields } of this.#collections) {
      encoding.writeVarString(encoder, name)
      encoding.writeVarUint(encoder, fields.length)
      for (const field of fields) encoding.writeVarString(encoder, field)
    }
  }

  static decode(decoder: decoding.Decoder): SchemaTable {
    const collections: TableCollection[] = []
    for (let left = readCount(decoder); left > 0; left--) {
      const name = readVarString(decoder)
      const fields: string[] = []
      for (let more = readCount(decoder); more > 0; more--) fields.push(readFieldName(decoder))
      collections.push({ name, fields })
    }
    return new SchemaTable(collections)
  }

  #at(number: number): TableCollection {
    const collection = this.#collections[number]
    if (collection === undefined) throw malformed(`no collection ${number}`)
    return collection
  }
}

/** Decoded rows are objects with these keys. */
function readFieldName(decoder: decoding.Decoder): string {
  const name = readVarString(decoder)
  if (isPrototypeKey(name)) throw malformed(`no field is called ${name}`)
  return name
}

export interface TableCollection {
  readonly name: string
  /** The fields that rows hold, in the order of their declaration. */
  readonly fields: readonly string[]
}
