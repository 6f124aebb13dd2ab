import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Json } from '../json/Json.js'
import type { RowValues } from '../row/RowValues.js'
import { readJson, writeJson } from './json.js'
import { malformed } from './malformed.js'
import { readCount, readInt, readUint } from './read.js'
import type { SchemaTable } from './SchemaTable.js'

/**
 * Writes rows one after another into one stretch of bytes: field numbers, values, and who and when.
 * Times are differences to the row before and users are numbered as they first appear, so in a long
 * stretch both take a byte or two.
 */
export class RowEncoder {
  #lastAt = 0
  readonly #users = new Map<string, number>()

  constructor(
    readonly encoder: encoding.Encoder,
    private readonly table: SchemaTable,
  ) {}

  /** All of a row. */
  row(collection: number, values: RowValues): void {
    this.#fields(collection, values)
    this.at(values.$createdAt as number)
    this.user(values.$createdBy as string)
    this.at(values.$updatedAt as number)
    this.user(values.$updatedBy as string)
  }

  /** Some fields of a row; without their count if that stands elsewhere. */
  patch(collection: number, values: RowValues, isCounted = true): void {
    this.#fields(collection, values, isCounted)
    this.at(values.$updatedAt as number)
    this.user(values.$updatedBy as string)
  }

  /** How many fields `patch` writes of these. */
  count(collection: number, values: RowValues): number {
    return Object.keys(values).filter(field => this.table.fieldNumber(collection, field) !== undefined).length
  }

  at(ms: number): void {
    encoding.writeVarInt(this.encoder, ms - this.#lastAt)
    this.#lastAt = ms
  }

  user(userId: string): void {
    const known = this.#users.get(userId)
    encoding.writeVarUint(this.encoder, known ?? this.#users.size)
    if (known !== undefined) return
    encoding.writeVarString(this.encoder, userId)
    this.#users.set(userId, this.#users.size)
  }

  /** A field that the table does not have is left out: the other side has no name for it. */
  #fields(collection: number, values: RowValues, isCounted = true): void {
    const numbered: [number: number, value: Json][] = []
    for (const [field, value] of Object.entries(values)) {
      const number = this.table.fieldNumber(collection, field)
      if (number !== undefined) numbered.push([number, value])
    }
    if (isCounted) encoding.writeVarUint(this.encoder, numbered.length)
    for (const [number, value] of numbered) {
      encoding.writeVarUint(this.encoder, number)
      writeJson(this.encoder, value)
    }
  }
}

/** Reads what `RowEncoder` wrote, in the same order. */
export class RowDecoder {
  #lastAt = 0
  readonly #users: string[] = []

  constructor(
    readonly decoder: decoding.Decoder,
    private readonly table: SchemaTable,
  ) {}

  row(collection: number): RowValues {
    const values = this.#fields(collection, readCount(this.decoder))
    values.$createdAt = this.at()
    values.$createdBy = this.user()
    values.$updatedAt = this.at()
    values.$updatedBy = this.user()
    return values
  }

  patch(collection: number, count = readCount(this.decoder)): RowValues {
    const values = this.#fields(collection, count)
    values.$updatedAt = this.at()
    values.$updatedBy = this.user()
    return values
  }

  at(): number {
    this.#lastAt += readInt(this.decoder)
    return this.#lastAt
  }

  user(): string {
    const number = readUint(this.decoder)
    if (number === this.#users.length) this.#users.push(decoding.readVarString(this.decoder))
    const user = this.#users[number]
    if (user === undefined) throw malformed('a user is named by a number that was not given')
    return user
  }

  #fields(collection: number, count: number): Record<string, Json> {
    const values: Record<string, Json> = {}
    for (let left = count; left > 0; left--) {
      const field = this.table.fieldAt(collection, readUint(this.decoder))
      values[field] = readJson(this.decoder)
    }
    return values
  }
}
