import { randomId, systemRandom } from '../platform/Random.js'

/** An id for a new record: 21 random URL-safe characters (126 bits), unique without asking anybody. */
export function newId(): string {
  return randomId(systemRandom)
}
