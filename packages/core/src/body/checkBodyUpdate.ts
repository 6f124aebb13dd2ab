import * as Y from 'yjs'
import { isTidemarkError } from '../error/TidemarkError.js'
import { type BodyIndex, maxTypeDepth } from './BodyIndex.js'
import { type BodyRefusal, refusal } from './BodyRefusal.js'
import { encodeNewPart } from './encodeNewPart.js'
import { IntegrationWork, isKeystroke } from './IntegrationWork.js'
import { indexOfDoc } from './indexOfDoc.js'
import { firstEndingAfter } from './indexOfState.js'
import { type NewPart, newPartOf } from './NewPart.js'
import { placeStructs, type StructRule } from './placeStructs.js'
import { Content } from './readContent.js'
import { type BodyStruct, type BodyUpdate, type DeletedRange, readUpdate, sameRanges } from './readUpdate.js'
import { type RootKind, rootTakes } from './rootKind.js'

/** The roots a schema gives a body; `any` in an open collection. */
export type AllowedRoots = ReadonlyMap<string, RootKind> | 'any'

export interface BodyCheck {
  /** The content it would be applied to. It is read, never changed. */
  readonly body: Y.Doc | BodyIndex
  readonly update: Uint8Array
  readonly allowedRoots: AllowedRoots
  /** The user who may write under a Yjs clientID; undefined while it is nobody's. */
  readonly boundUserOf: (clientID: number) => string | undefined
  readonly userId: string
  readonly currentBytes: number
  readonly maxBodyBytes: number
  /** What applying it to an open document may cost beyond its length; without it `maxIntegrationSteps`. */
  readonly maxSteps?: number
}

export type BodyVerdict =
  | {
      readonly kind: 'new'
      /** Only what the body lacks: what is stored, shipped and applied. */
      readonly update: Uint8Array
      /** To be bound to the user in the same commit. */
      readonly newClientIDs: readonly number[]
      readonly onlyDeletes: boolean
    }
  /** Nothing in it is new: a repeat, or the greeting of a stock provider. */
  | { readonly kind: 'contained' }
  | BodyRefusal

/** Each clientID is bound in the store and makes every later update of the body slower. */
const maxNewClientIDs = 10_000

/**
 * What one update may make Yjs do beyond its length, in steps of `IntegrationWork`: 60 ms of searching.
 *
 * Honest edits stay below: weeks of scattered typing by three writers in a text of 260,000 edits take 260,000 steps
 * where each sends all at once, 20,000 items put at the very beginning by each of two writers 180,000, one keystroke none.
 */
export const maxIntegrationSteps = 400_000

/**
 * Judges a body update before it is applied, by its structs alone. A new part that passes leaves no
 * pending structs or deletions when it is applied, so it can no longer be refused.
 *
 * Costs what the update costs to read, and O(log n) per new struct on an open document: a keystroke in a
 * body of 100 KB made by 20,000 scattered edits 6 µs (reading 0.3 µs of it; applying it costs 26 µs). What is no
 * keystroke costs what applying it will, up to `maxSteps`.
 */
export function checkBodyUpdate(check: BodyCheck): BodyVerdict {
  const { userId, boundUserOf } = check
  const body = check.body instanceof Y.Doc ? indexOfDoc(check.body) : check.body
  const update = readOrRefuse(check.update)
  if ('kind' in update) return update

  const parts: NewPart[] = []
  const newClientIDs: number[] = []
  let hasGap = false
  for (const block of update.blocks) {
    const part = newPartOf(block, body.clockOf(block.clientID))
    if (part === undefined) continue
    const owner = boundUserOf(block.clientID)
    if (owner !== undefined && owner !== userId) {
      return refusal('DENIED', `The Yjs clientID ${block.clientID} belongs to another user.`)
    }
    if (part === 'gap') {
      hasGap = true
      continue
    }
    if (owner === undefined) newClientIDs.push(block.clientID)
    parts.push(part)
  }
  if (hasGap) return refusal('REBASE', 'It continues an update that is not in this body.')
  if (newClientIDs.length > maxNewClientIDs) return refusal('INVALID', 'It brings too many new Yjs clientIDs.')

  const doc = check.body instanceof Y.Doc && !isKeystroke(check.body, parts, update.deletions) ? check.body : null
  const work = doc === null ? null : new IntegrationWork(doc, check.maxSteps ?? maxIntegrationSteps)
  const misplaced = placeStructs(parts, body, ruleFor(check.allowedRoots, update, work))
  if (misplaced !== null) return misplaced
  const deletions = newDeletions(update, parts, body, work)
  if ('kind' in deletions) return deletions
  if (parts.length === 0 && deletions.size === 0) return { kind: 'contained' }

  const onlyDeletes = parts.length === 0
  const newPart = isAllNew(update, parts, deletions) ? check.update : encodeNewPart(check.update, parts, deletions)
  if (!onlyDeletes && check.currentBytes + newPart.length > check.maxBodyBytes) {
    return refusal('BODY_TOO_LARGE', `The body would grow beyond ${check.maxBodyBytes} bytes: only deletions pass.`)
  }
  return { kind: 'new', update: newPart, newClientIDs, onlyDeletes }
}

function readOrRefuse(bytes: Uint8Array): BodyUpdate | BodyRefusal {
  try {
    return readUpdate(bytes)
  } catch (error) {
    if (isTidemarkError(error)) return refusal('INVALID', error.message)
    throw error
  }
}

function ruleFor(allowedRoots: AllowedRoots, update: BodyUpdate, work: IntegrationWork | null): StructRule {
  return (struct, place, part) => {
    work?.add(part, struct, place !== null)
    if (work?.isTooMuch) return tooMuchWork
    if (struct.content === Content.doc) return refusal('INVALID', 'A body holds no documents inside it.')
    if (place === null) return null
    if (place.isEntry && !isValueOfKey(struct, part, update)) {
      return refusal('INVALID', 'A key is set to several values at once.')
    }
    if (struct.content === Content.type && place.depth >= maxTypeDepth) {
      return refusal('INVALID', `Shared types are nested deeper than ${maxTypeDepth}.`)
    }
    if (allowedRoots === 'any') return null
    const root = place.root
    if (root === null) return null
    const kind = allowedRoots.get(root)
    if (kind === undefined) return refusal('INVALID', `The schema has no text field "${root}" here.`)
    return rootTakes(kind, struct)
      ? null
      : refusal('INVALID', `The field "${root}" is ${kind}: this is not its content.`)
  }
}

/**
 * One value, or several that were all replaced. Of others one may be cut off, which would be neither the value of
 * the key nor deleted: Yjs then fails when it collects the map.
 */
function isValueOfKey({ clock, length, content }: BodyStruct, { clientID, from }: NewPart, { deletions }: BodyUpdate) {
  const start = Math.max(clock, from)
  const end = clock + length
  if (end - start === 1 || content === Content.deleted) return true
  const ranges = deletions.get(clientID) ?? []
  const range = ranges[firstEndingAfter(ranges, start)]
  return range !== undefined && range.clock <= start && range.clock + range.length >= end
}

const tooMuchWork = refusal('INVALID', 'It costs too much to apply: split the edit into smaller updates.')

/** What the update deletes and the body does not yet. */
function newDeletions(
  update: BodyUpdate,
  parts: readonly NewPart[],
  body: BodyIndex,
  work: IntegrationWork | null,
): Map<number, DeletedRange[]> | BodyRefusal {
  const deletions = new Map<number, DeletedRange[]>()
  const endByClient = new Map(parts.map(part => [part.clientID, part.end]))
  for (const [clientID, ranges] of update.deletions) {
    const contained = body.clockOf(clientID)
    const end = endByClient.get(clientID) ?? contained
    const fresh: DeletedRange[] = []
    for (const { clock, length } of ranges) {
      const to = clock + length
      if (to > end) return refusal('REBASE', 'It deletes content that is not in this body.')
      if (clock < contained) {
        for (const range of body.undeletedIn(clientID, clock, Math.min(to, contained))) fresh.push(range)
      }
      const from = Math.max(clock, contained)
      if (to > from) fresh.push({ clock: from, length: to - from })
    }
    if (fresh.length === 0) continue
    deletions.set(clientID, fresh)
    if (work === null) continue
    for (const range of fresh) {
      work.delete(clientID, range)
      if (work.isTooMuch) return tooMuchWork
    }
  }
  return deletions
}

/** Whether the bytes as they came are the new part: the usual case, a keystroke. */
function isAllNew(
  update: BodyUpdate,
  parts: readonly NewPart[],
  deletions: ReadonlyMap<number, readonly DeletedRange[]>,
): boolean {
  return (
    update.isCanonical &&
    parts.length === update.blocks.length &&
    parts.every((part, i) => {
      const { structs } = update.blocks[i]!
      return part.structs.length === structs.length && structs[0]!.clock === part.from
    }) &&
    deletions.size === update.deletions.size &&
    [...deletions].every(([clientID, ranges]) => sameRanges(ranges, update.deletions.get(clientID)!))
  )
}
