import type { Found, Place } from './BodyIndex.js'
import { Content } from './readContent.js'
import type { BodyStruct, StructBlock } from './readUpdate.js'

/**
 * What an update adds under one clientID: `structs` cover the clocks from `from` without a hole.
 *
 * The first of them may begin below `from`; what it says about those clocks is a repeat. `placeStructs`
 * moves `clock` forward as it finds a place for each.
 */
export class NewPart {
  clock: number
  readonly end: number
  private readonly places: (Place | null)[] = []

  constructor(
    readonly clientID: number,
    readonly from: number,
    readonly structs: readonly BodyStruct[],
  ) {
    const last = structs.at(-1)!
    this.clock = from
    this.end = last.clock + last.length
  }

  /** The first struct without a place. */
  get next(): BodyStruct | undefined {
    return this.structs[this.places.length]
  }

  placeNext(place: Place | null): void {
    const struct = this.structs[this.places.length]!
    this.places.push(place)
    this.clock = struct.clock + struct.length
  }

  /** `clock` lies from `from` on and has its place. */
  find(clock: number): Found {
    let low = 0
    let high = this.places.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.structs[middle]!.clock <= clock) low = middle
      else high = middle - 1
    }
    return { place: this.places[low]!, content: this.structs[low]!.content }
  }
}

/** The part of a block above the contained clock: undefined if there is none, `gap` if it does not begin there. */
export function newPartOf(block: StructBlock, contained: number): NewPart | 'gap' | undefined {
  const structs: BodyStruct[] = []
  let clock = contained
  for (const struct of block.structs) {
    const end = struct.clock + struct.length
    if (struct.content === Content.skip || end <= contained) continue
    if (struct.clock > clock) return 'gap'
    structs.push(struct)
    clock = end
  }
  return structs.length === 0 ? undefined : new NewPart(block.clientID, contained, structs)
}
