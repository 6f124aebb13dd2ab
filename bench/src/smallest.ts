import * as encoding from 'lib0/encoding'

export interface ChangedField {
  readonly id: string
  /** The field's place in its collection. */
  readonly field: number
  readonly value: string | number | boolean | null
  readonly updatedAt: number
  /** The user's place in a table that both sides have. */
  readonly updatedBy: number
}

/**
 * What changed fields must take, whatever the protocol: the measure of P2. Ids as they are, values as lib0 writes them, times as the
 * distance to the one before (the first to `since`), no envelope, no names.
 */
export function smallest(changes: readonly ChangedField[], since: number): Uint8Array {
  const encoder = encoding.createEncoder()
  let last = since
  for (const { id, field, value, updatedAt, updatedBy } of changes) {
    encoding.writeVarString(encoder, id)
    encoding.writeVarUint(encoder, field)
    encoding.writeAny(encoder, value)
    encoding.writeVarInt(encoder, updatedAt - last)
    encoding.writeVarUint(encoder, updatedBy)
    last = updatedAt
  }
  return encoding.toUint8Array(encoder)
}
