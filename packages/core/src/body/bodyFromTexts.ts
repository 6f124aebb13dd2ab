import * as encoding from 'lib0/encoding'
import { compareStrings } from '../query/compareValues.js'
import { Content } from './readContent.js'

/** No structs, no deletions. */
const emptyUpdate = new Uint8Array([0, 0])

/**
 * The first body of an inserted record: each text inserted into its root at once. The same texts and
 * clientID give the same bytes on both sides, so the client shows the text before the authority made it.
 * Where all texts are empty so is the body (`bodyIsEmpty`), and the record needs none.
 */
export function bodyFromTexts(texts: Readonly<Record<string, string>>, clientID: number): Uint8Array {
  const filled = Object.entries(texts)
    .filter(([, text]) => text.length > 0)
    .sort(([a], [b]) => compareStrings(a, b))
  if (filled.length === 0) return emptyUpdate
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarUint(encoder, filled.length)
  encoding.writeVarUint(encoder, clientID)
  encoding.writeVarUint(encoder, 0)
  for (const [root, text] of filled) {
    encoding.writeUint8(encoder, Content.string)
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarString(encoder, root)
    encoding.writeVarString(encoder, text)
  }
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}
