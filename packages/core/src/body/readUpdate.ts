import { ByteReader, malformed } from './ByteReader.js'
import { Content, readContent, readName, readTypeRef } from './readContent.js'

/** The name of one character, element or marker: the `clock`-th that `clientID` made. */
export interface BodyId {
  readonly clientID: number
  readonly clock: number
}

/** One run of clocks as the update describes it. The offsets point into the update's bytes. */
export interface BodyStruct {
  readonly clock: number
  readonly length: number
  /** One of `Content`. */
  readonly content: number
  /** One of `SharedType` where the content is a type, else −1. */
  readonly typeRef: number
  /** What stood to its left and right when it was made. */
  readonly origin: BodyId | null
  readonly rightOrigin: BodyId | null
  /** A root's name or the item that holds the type. Null where it follows from an origin, or for GC and Skip. */
  readonly parent: string | BodyId | null
  /** The name of an entry (of a map, an attribute); null for an element of the list, or where it follows from an origin. */
  readonly key: string | null
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/** Everything an update says about one clientID: runs without a hole between them. */
export interface StructBlock {
  readonly clientID: number
  readonly structs: readonly BodyStruct[]
}

export interface DeletedRange {
  readonly clock: number
  readonly length: number
}

export interface BodyUpdate {
  readonly bytes: Uint8Array
  readonly blocks: readonly StructBlock[]
  readonly deletions: ReadonlyMap<number, readonly DeletedRange[]>
  /** Every name that is used as a root. */
  readonly roots: ReadonlySet<string>
  /** Whether the deletions stand in the bytes as they stand here. */
  readonly isCanonical: boolean
}

/** Above this a clock says nothing true, and sums of two stay exact below it. */
export const maxClock = 2 ** 48

/**
 * Reads what a Yjs update (V1) says, without applying it and without building Yjs objects.
 *
 * Stricter than Yjs where Yjs would be misled: a clientID has one block, no item is empty, nothing
 * follows the end. Throws `INVALID`.
 */
export function readUpdate(bytes: Uint8Array): BodyUpdate {
  const reader = new ByteReader(bytes)
  const roots = new Set<string>()
  const blocks = readBlocks(reader, roots)
  const { deletions, isCanonical } = readDeletions(reader)
  if (!reader.isAtEnd) malformed('bytes follow its end')
  return { bytes, blocks, deletions, roots, isCanonical }
}

function readBlocks(reader: ByteReader, roots: Set<string>): StructBlock[] {
  const blocks: StructBlock[] = []
  const seen = new Set<number>()
  const count = reader.varUint()
  for (let i = 0; i < count; i++) {
    const structCount = reader.varUint()
    const clientID = reader.varUint()
    if (seen.has(clientID)) malformed('a clientID has two blocks')
    seen.add(clientID)
    let clock = reader.varUint()
    const structs: BodyStruct[] = []
    for (let j = 0; j < structCount; j++) {
      const struct = readStruct(reader, clock, roots)
      structs.push(struct)
      clock += struct.length
      if (clock > maxClock) malformed('a clock is too large')
    }
    blocks.push({ clientID, structs })
  }
  return blocks
}

function readStruct(reader: ByteReader, clock: number, roots: Set<string>): BodyStruct {
  const start = reader.position
  const flags = reader.byte()
  const content = flags & 0b0001_1111
  let origin: BodyId | null = null
  let rightOrigin: BodyId | null = null
  let parent: string | BodyId | null = null
  let key: string | null = null
  let typeRef = -1
  let contentStart = reader.position
  let length: number
  if (content === Content.gc || content === Content.skip) {
    if (flags !== content) malformed('a gap has flags')
    length = reader.varUint()
  } else {
    if ((flags & 0b1000_0000) !== 0) origin = readId(reader)
    if ((flags & 0b0100_0000) !== 0) rightOrigin = readId(reader)
    if (origin === null && rightOrigin === null) {
      parent = readParent(reader)
      if (typeof parent === 'string') roots.add(parent)
      if ((flags & 0b0010_0000) !== 0) key = readName(reader)
    }
    contentStart = reader.position
    if (content === Content.type) {
      typeRef = readTypeRef(reader)
      length = 1
    } else {
      length = readContent(reader, content)
    }
  }
  if (length === 0) malformed('a struct is empty')
  const end = reader.position
  return { clock, length, content, typeRef, origin, rightOrigin, parent, key, start, contentStart, end }
}

function readId(reader: ByteReader): BodyId {
  return { clientID: reader.varUint(), clock: reader.varUint() }
}

function readParent(reader: ByteReader): string | BodyId {
  const isRoot = reader.varUint()
  if (isRoot > 1) malformed('a parent is of no known kind')
  return isRoot === 1 ? readName(reader) : readId(reader)
}

/** Sorted, and joined where they touch, so that no later step can be made to walk a range twice. */
function readDeletions(reader: ByteReader): Pick<BodyUpdate, 'deletions' | 'isCanonical'> {
  const deletions = new Map<number, DeletedRange[]>()
  let isCanonical = true
  const count = reader.varUint()
  for (let i = 0; i < count; i++) {
    const clientID = reader.varUint()
    if (deletions.has(clientID)) malformed('a clientID has two delete sets')
    const ranges: DeletedRange[] = []
    const rangeCount = reader.varUint()
    for (let j = 0; j < rangeCount; j++) {
      const range = { clock: reader.varUint(), length: reader.varUint() }
      if (range.length === 0) malformed('a deletion is empty')
      if (range.clock + range.length > maxClock) malformed('a clock is too large')
      ranges.push(range)
    }
    const joined = joinRanges(ranges)
    if (joined.length > 0) deletions.set(clientID, joined)
    isCanonical &&= sameRanges(ranges, joined)
  }
  return { deletions, isCanonical }
}

export function sameRanges(a: readonly DeletedRange[], b: readonly DeletedRange[]): boolean {
  return a.length === b.length && a.every((range, i) => range.clock === b[i]!.clock && range.length === b[i]!.length)
}

/** The same clocks as `ranges`, sorted and joined. */
export function joinRanges(ranges: readonly DeletedRange[]): DeletedRange[] {
  const joined: { clock: number; length: number }[] = []
  for (const { clock, length } of [...ranges].sort((a, b) => a.clock - b.clock)) {
    const last = joined.at(-1)
    if (last !== undefined && clock <= last.clock + last.length) {
      last.length = Math.max(last.length, clock + length - last.clock)
    } else {
      joined.push({ clock, length })
    }
  }
  return joined
}
