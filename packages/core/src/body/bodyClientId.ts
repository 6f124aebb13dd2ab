import { hash53 } from '../json/hashText.js'

/**
 * The Yjs clientID under which the start texts of an insert are written: 32 bits, never 0, the same on
 * both sides. `index` is the insert's place in its batch. A write's id is random, so this is as rare to
 * meet twice as Yjs' own random ids.
 */
export function bodyClientId(writeId: string, index: number): number {
  return hash53(`${writeId}/${index}`) % 2 ** 32 || 1
}
