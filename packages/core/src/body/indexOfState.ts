import { TidemarkError } from '../error/TidemarkError.js'
import type { BodyIndex } from './BodyIndex.js'
import { type NewPart, newPartOf } from './NewPart.js'
import { placeStructs } from './placeStructs.js'
import { Content } from './readContent.js'
import { type BodyUpdate, type DeletedRange, joinRanges, readUpdate } from './readUpdate.js'

/**
 * The index of a stored state, for a check without opening the document. Reading it costs as much as
 * the state is long; use it for bodies that nobody has open.
 */
export function indexOfState(state: Uint8Array): BodyIndex {
  const update = readUpdate(state)
  const partByClient = new Map<number, NewPart>()
  for (const block of update.blocks) {
    const part = newPartOf(block, 0)
    if (part === 'gap') throw incomplete()
    if (part !== undefined) partByClient.set(part.clientID, part)
  }
  const refused = placeStructs([...partByClient.values()], nothing, () => null)
  if (refused !== null) throw incomplete()
  const deleted = deletedBy(update)
  return {
    clockOf: clientID => partByClient.get(clientID)?.end ?? 0,
    find: id => partByClient.get(id.clientID)!.find(id.clock),
    undeletedIn: (clientID, from, to) => rangeWithout(from, to, deleted.get(clientID) ?? []),
  }
}

/** Every clock that is deleted where only this update was applied: named as such, or without content. */
function deletedBy(update: BodyUpdate): Map<number, DeletedRange[]> {
  const deleted = new Map<number, DeletedRange[]>()
  for (const { clientID, structs } of update.blocks) {
    const ranges: DeletedRange[] = [...(update.deletions.get(clientID) ?? [])]
    for (const struct of structs) {
      if (struct.content === Content.gc || struct.content === Content.deleted) ranges.push(struct)
    }
    if (ranges.length > 0) deleted.set(clientID, joinRanges(ranges))
  }
  return deleted
}

const nothing: BodyIndex = {
  clockOf: () => 0,
  find: () => ({ place: null, content: Content.gc }),
  undeletedIn: () => [],
}

function rangeWithout(from: number, to: number, holes: readonly DeletedRange[]): DeletedRange[] {
  const ranges: DeletedRange[] = []
  let start = from
  for (let i = firstEndingAfter(holes, from); i < holes.length; i++) {
    const { clock, length } = holes[i]!
    if (clock >= to) break
    if (clock > start) ranges.push({ clock: start, length: clock - start })
    start = clock + length
  }
  if (start < to) ranges.push({ clock: start, length: to - start })
  return ranges
}

/** The index of the first range that holds the clock or begins behind it. */
export function firstEndingAfter(ranges: readonly DeletedRange[], clock: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ranges[middle]!.clock + ranges[middle]!.length > clock) high = middle
    else low = middle + 1
  }
  return low
}

function incomplete(): TidemarkError {
  return new TidemarkError('INVALID', 'This body state refers to content that it does not hold.')
}
