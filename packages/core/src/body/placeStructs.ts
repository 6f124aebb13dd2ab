import type { BodyIndex, Found, Place } from './BodyIndex.js'
import { type BodyRefusal, refusal } from './BodyRefusal.js'
import type { NewPart } from './NewPart.js'
import { Content } from './readContent.js'
import type { BodyId, BodyStruct } from './readUpdate.js'

/** Has the last word on a struct whose place is known (null: it is or becomes a gap); null lets it pass. */
export type StructRule = (struct: BodyStruct, place: Place | null, part: NewPart) => BodyRefusal | null

/**
 * Puts the new structs in the order in which Yjs will apply them, each after what it refers to, and finds
 * the place of each. Null if all have one: then nothing stays pending.
 *
 * A struct may wait for another clientID's struct of the same update; those it waits for go first.
 * If they wait for it in turn, no order exists.
 */
export function placeStructs(parts: readonly NewPart[], body: BodyIndex, rule: StructRule): BodyRefusal | null {
  const partByClient = new Map(parts.map(part => [part.clientID, part]))
  const find = (id: BodyId): Found => {
    const part = partByClient.get(id.clientID)
    return part !== undefined && id.clock >= part.from ? part.find(id.clock) : body.find(id)
  }
  const stack: NewPart[] = []
  const waiting = new Set<NewPart>()
  // As Yjs does: of two that meet at one place, the higher clientID is there first.
  for (const part of [...parts].sort((a, b) => b.clientID - a.clientID)) {
    while (part.next !== undefined) {
      if (stack.length === 0) stack.push(part)
      const current = stack.at(-1)!
      const missing = missingFor(current, partByClient, body)
      if (missing === null) {
        const refused = placeNext(current, find, rule)
        if (refused !== null) return refused
        waiting.delete(current)
        stack.pop()
      } else if (isRefusal(missing)) {
        return missing
      } else {
        waiting.add(current)
        if (waiting.has(missing)) return refusal('INVALID', 'Its parts refer to each other in a circle.')
        stack.push(missing)
      }
    }
  }
  return null
}

/** The part that has to go on before the next struct of `part` can be placed; null if nothing has. */
function missingFor(part: NewPart, partByClient: Map<number, NewPart>, body: BodyIndex): NewPart | BodyRefusal | null {
  const struct = part.next!
  const isTail = struct.clock < part.from
  const { origin, rightOrigin, parent } = struct
  return (
    // The tail of a struct whose beginning is contained stands right of that, whatever the beginning says.
    (isTail || origin === null ? null : missingId(origin, part, partByClient, body)) ??
    (rightOrigin === null ? null : missingId(rightOrigin, part, partByClient, body)) ??
    (isTail || parent === null || typeof parent === 'string' ? null : missingId(parent, part, partByClient, body))
  )
}

function missingId(
  id: BodyId,
  part: NewPart,
  partByClient: Map<number, NewPart>,
  body: BodyIndex,
): NewPart | BodyRefusal | null {
  if (id.clientID === part.clientID) {
    return id.clock < part.clock ? null : refusal('INVALID', 'An item refers to itself or to a later one of its own.')
  }
  const supplier = partByClient.get(id.clientID)
  const end = supplier === undefined ? body.clockOf(id.clientID) : supplier.end
  if (id.clock >= end) return refusal('REBASE', 'It builds on content that is not in this body.')
  return supplier !== undefined && id.clock >= supplier.clock ? supplier : null
}

function isRefusal(missing: NewPart | BodyRefusal): missing is BodyRefusal {
  return 'kind' in missing
}

function placeNext(part: NewPart, find: (id: BodyId) => Found, rule: StructRule): BodyRefusal | null {
  const struct = part.next!
  const place = struct.content === Content.gc ? null : placeOf(struct, part, find)
  if (place !== null && 'kind' in place) return place
  const refused = rule(struct, place, part)
  if (refused === null) part.placeNext(place)
  return refused
}

/** As Yjs decides it: beside its origins, else in its parent; beside or inside a gap it becomes one (null). */
function placeOf(struct: BodyStruct, part: NewPart, find: (id: BodyId) => Found): Place | BodyRefusal | null {
  const { clientID, from } = part
  const origin = struct.clock < from ? { clientID, clock: from - 1 } : struct.origin
  const left = origin === null ? undefined : find(origin)
  const right = struct.rightOrigin === null ? undefined : find(struct.rightOrigin)
  if (left?.place === null || right?.place === null) return null
  const beside = left?.place ?? right?.place
  if (beside !== undefined) return beside
  if (typeof struct.parent === 'string') return { root: struct.parent, depth: 0, isEntry: struct.key !== null }
  const holder = find(struct.parent!)
  if (holder.place === null || holder.content === Content.deleted) return null
  if (holder.content !== Content.type) return refusal('INVALID', 'An item is put into something that holds no items.')
  return { root: null, depth: holder.place.depth + 1, isEntry: struct.key !== null }
}
