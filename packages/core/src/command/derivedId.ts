import { digest } from 'lib0/hash/sha256'
import { encodeUtf8 } from 'lib0/string'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * The id of the `index`-th record that one mutation makes without naming it: 21 characters that follow from
 * its writeId, so that a preview, the decision and a repeated decision agree.
 */
export function derivedId(writeId: string, index: number): string {
  const bytes = digest(encodeUtf8(`${writeId}:${index}`))
  let id = ''
  for (let at = 0; at < 21; at++) id += alphabet[(bytes[at] as number) & 63]
  return id
}
