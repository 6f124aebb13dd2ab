import { TidemarkError } from '../error/TidemarkError.js'

/** What a decoder throws for bytes that make no sense. The receiver closes that one session with the code. */
export function malformed(why: string): TidemarkError {
  return new TidemarkError('BAD_FRAME', `The frame cannot be read: ${why}.`)
}
