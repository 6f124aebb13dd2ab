import * as Y from 'yjs'
import { ClockList } from './ClockList.js'
import type { NewPart } from './NewPart.js'
import { Content } from './readContent.js'
import type { BodyId, BodyStruct, BodyUpdate, DeletedRange } from './readUpdate.js'

/** What stands in a list: an item as the document holds it, or a cell for what is not there yet. */
type Node = Y.Item | Cell

/** What an update adds, or the right part of something that it splits. */
class Cell {
  right: Node | null = null
  /** How many of the same update it continues: Yjs joins them from the right, and copies the values each time. */
  joins = 0

  constructor(
    readonly id: Y.ID,
    public length: number,
    readonly origin: Y.ID | null,
    readonly rightOrigin: Y.ID | null,
    readonly content: number,
    /** Null for a gap. */
    readonly list: List | null,
  ) {}
}

/** The elements of a shared type, or all that one of its keys was ever set to. */
interface List {
  readonly owner: object | string
  readonly key: string | null
  /** Undefined until it is needed. */
  head: Node | null | undefined
  /** How many Yjs walks over to find the head: all of a key, none of elements. */
  walk: number
}

/**
 * Moving so many places of an array, or copying so many values, counts as one step. With Yjs 13.6 a step takes
 * 140 ns, a place 1.3 and a value 7, so these count for far less than they cost: whoever edits a large and much cut
 * body at thousands of places at once does the same honestly, and what honest edits never do is to search.
 */
const placesMovedPerStep = 8_192
const valuesCopiedPerStep = 256

/**
 * Counts the steps that Yjs will take to integrate an update beyond those for its length.
 *
 * Yjs searches one by one among what was put at the same place at the same time, walks over all that a key was
 * set to, and moves and copies lists where it splits an item. A few thousand bytes can make that take minutes.
 * So the search of `Item.integrate` is done here first, on the document's own lists: it changes nothing in them,
 * what would be different is kept beside them.
 *
 * The structs must come in the order in which Yjs integrates them, which is that of `placeStructs`.
 */
export class IntegrationWork {
  /** Items passed over in the search for a place. */
  passed = 0
  #walked = 0
  #moved = 0
  #copied = 0
  /** New ends and right neighbours of the document's items. */
  readonly #changed = new Map<Y.Item, { length: number; right: Node | null }>()
  readonly #cells = new Map<number, ClockList<Cell>>()
  readonly #lists = new Map<object | string, Map<string | null, List>>()

  constructor(
    private readonly doc: Y.Doc,
    private readonly maxSteps: number,
  ) {}

  get steps(): number {
    return this.passed + this.#walked + this.#moved / placesMovedPerStep + this.#copied / valuesCopiedPerStep
  }

  get isTooMuch(): boolean {
    return this.steps > this.maxSteps
  }

  /** The next struct of `part`. Without a place it becomes a gap, for which nothing is searched. */
  add({ clientID, from }: NewPart, struct: BodyStruct, hasPlace: boolean): void {
    const clock = Math.max(struct.clock, from)
    const origin = struct.clock < from ? Y.createID(clientID, from - 1) : idOf(struct.origin)
    const rightOrigin = idOf(struct.rightOrigin)
    const left = origin === null ? null : (this.#endingWith(origin) as Node)
    const right = rightOrigin === null ? null : (this.#beginningWith(rightOrigin) as Node)
    const list = hasPlace ? this.#listFor(struct, left ?? right) : null
    const length = struct.clock + struct.length - clock
    const cell = new Cell(Y.createID(clientID, clock), length, origin, rightOrigin, struct.content, list)
    if (list !== null) {
      this.#insert(cell, list, this.#search(cell, list, left, right))
      // What a key was set to before is deleted, and has no values to copy.
      if (list.key === null && left instanceof Cell && continues(cell, left)) {
        cell.joins = left.joins + 1
        this.#copied += cell.joins * length
      }
    }
    this.#keep(cell)
  }

  /** A deletion of what is neither deleted nor a gap. All structs are added by then. */
  delete(clientID: number, { clock, length }: DeletedRange): void {
    this.#beginningWith(Y.createID(clientID, clock))
    this.#endingWith(Y.createID(clientID, clock + length - 1))
  }

  /** What `cell` is to stand right of: it was made between `from` and `until`, but others may be there too. */
  #search(cell: Cell, list: List, from: Node | null, until: Node | null): Node | null {
    const first = from === null ? this.#headOf(list) : this.#rightOf(from)
    if (first === until && (from !== null || until !== null)) return from
    if (from === null) this.#walked += list.walk
    let left = from
    let conflictsFrom = 0
    const orderOf = new Map<Node | Y.GC, number>()
    for (let other = first; other !== null && other !== until; other = this.#rightOf(other)) {
      this.passed++
      if (this.isTooMuch) break
      orderOf.set(other, orderOf.size)
      let isBefore: boolean
      if (Y.compareIDs(cell.origin, other.origin)) {
        isBefore = other.id.client < cell.id.client
        if (!isBefore && Y.compareIDs(cell.rightOrigin, other.rightOrigin)) break
      } else {
        const order = other.origin === null ? undefined : orderOf.get(this.#at(other.origin))
        if (order === undefined) break
        isBefore = order < conflictsFrom
      }
      if (isBefore) {
        left = other
        conflictsFrom = orderOf.size
      }
    }
    return left
  }

  #insert(cell: Cell, list: List, left: Node | null): void {
    if (left === null) {
      cell.right = this.#headOf(list)
      list.head = cell
      this.#walked += list.walk
    } else {
      cell.right = this.#rightOf(left)
      this.#change(left, this.#lengthOf(left), cell)
    }
    if (list.key !== null) list.walk++
  }

  // ── lists

  #listFor({ parent, key }: BodyStruct, beside: Node | null): List | null {
    if (beside !== null) return this.#listOf(beside)
    if (typeof parent === 'string') return this.#list(this.doc.share.get(parent) ?? parent, key)
    const holder = this.#at(idOf(parent)!)
    return this.#list(holder instanceof Y.Item ? (holder.content as Y.ContentType).type : holder, key)
  }

  #listOf(node: Node): List | null {
    return node instanceof Cell ? node.list : this.#list(node.parent as Y.AbstractType<unknown>, node.parentSub)
  }

  #list(owner: object | string, key: string | null): List {
    let byKey = this.#lists.get(owner)
    if (byKey === undefined) {
      byKey = new Map()
      this.#lists.set(owner, byKey)
    }
    let list = byKey.get(key)
    if (list === undefined) {
      list = { owner, key, head: undefined, walk: 0 }
      byKey.set(key, list)
    }
    return list
  }

  #headOf(list: List): Node | null {
    const { owner, key } = list
    if (list.head !== undefined) return list.head
    list.head = null
    if (!(owner instanceof Y.AbstractType)) return null
    if (key === null) {
      list.head = owner._start
      return list.head
    }
    for (let item = owner._map.get(key) ?? null; item !== null && !this.isTooMuch; item = item.left) {
      list.head = item
      list.walk++
      this.#walked++
    }
    return list.head
  }

  #rightOf(node: Node): Node | null {
    if (node instanceof Cell) return node.right
    const changed = this.#changed.get(node)
    return changed === undefined ? node.right : changed.right
  }

  #lengthOf(node: Node): number {
    return node instanceof Cell ? node.length : (this.#changed.get(node)?.length ?? node.length)
  }

  #change(node: Node, length: number, right: Node): void {
    if (node instanceof Cell) {
      node.length = length
      node.right = right
    } else {
      this.#changed.set(node, { length, right })
    }
  }

  // ── finding and splitting

  /** What holds the clock: a cell, else what the document has there. */
  #at({ client, clock }: Y.ID): Node | Y.GC {
    const cell = this.#cells.get(client)?.at(clock)
    if (cell !== undefined && clock < cell.id.clock + cell.length) return cell
    const structs = this.doc.store.clients.get(client)!
    return structs[Y.findIndexSS(structs, clock)]!
  }

  #endingWith(id: Y.ID): Node | Y.GC {
    const node = this.#at(id)
    if (!isGap(node) && id.clock + 1 < node.id.clock + this.#lengthOf(node)) this.#split(node, id.clock + 1)
    return node
  }

  #beginningWith(id: Y.ID): Node | Y.GC {
    const node = this.#at(id)
    return isGap(node) || id.clock === node.id.clock ? node : this.#split(node, id.clock)
  }

  #split(node: Node, clock: number): Cell {
    const { id, rightOrigin } = node
    const length = this.#lengthOf(node)
    const leftLength = clock - id.clock
    const content = node instanceof Cell ? node.content : node.content.getRef()
    if (isOfValues(content)) this.#copied += length
    const origin = Y.createID(id.client, clock - 1)
    const list = this.#listOf(node)
    const piece = new Cell(Y.createID(id.client, clock), length - leftLength, origin, rightOrigin, content, list)
    piece.right = this.#rightOf(node)
    this.#change(node, leftLength, piece)
    this.#countMoved(id.client, clock, this.#keep(piece))
    return piece
  }

  /** Answers how many cells of the same clientID stand behind it. */
  #keep(cell: Cell): number {
    let cells = this.#cells.get(cell.id.client)
    if (cells === undefined) {
      cells = new ClockList()
      this.#cells.set(cell.id.client, cells)
    }
    return cells.add(cell)
  }

  /** Yjs has the structs of a clientID in one array: one that is put in or taken out moves all behind it. */
  #countMoved(clientID: number, clock: number, cellsBehind: number): void {
    const { store } = this.doc
    const structs = clock < Y.getState(store, clientID) ? store.clients.get(clientID) : undefined
    this.#moved += cellsBehind + (structs === undefined ? 0 : structs.length - Y.findIndexSS(structs, clock))
  }
}

/**
 * Whether an update adds one struct, if any, between two that still are neighbours, and deletes one range, if any: as
 * nearly every keystroke does. That takes no step, and to find it out costs less than to count.
 */
export function isKeystroke(doc: Y.Doc, parts: readonly NewPart[], deletions: BodyUpdate['deletions']): boolean {
  if (parts.length > 1 || deletions.size > 1) return false
  for (const ranges of deletions.values()) if (ranges.length > 1) return false
  return parts.every(({ from, structs }) => structs.length === 1 && isBetweenNeighbours(doc, structs[0]!, from))
}

function isBetweenNeighbours({ store }: Y.Doc, { clock, origin, rightOrigin }: BodyStruct, from: number): boolean {
  if (clock < from || origin === null || origin.clock >= Y.getState(store, origin.clientID)) return false
  const structs = store.clients.get(origin.clientID)!
  const left = structs[Y.findIndexSS(structs, origin.clock)]
  if (!(left instanceof Y.Item)) return false
  if (origin.clock < left.id.clock + left.length - 1) {
    return rightOrigin?.clientID === origin.clientID && rightOrigin.clock === origin.clock + 1
  }
  const right = left.right?.id
  return right?.client === rightOrigin?.clientID && right?.clock === rightOrigin?.clock
}

/** Gaps stand in no list and are never split. */
function isGap(node: Node | Y.GC): node is Y.GC | (Cell & { list: null }) {
  return node instanceof Y.GC || (node instanceof Cell && node.list === null)
}

function isOfValues(content: number): boolean {
  return content === Content.any || content === Content.json
}

function continues({ id, content, rightOrigin }: Cell, left: Cell): boolean {
  return (
    isOfValues(content) &&
    left.content === content &&
    left.id.client === id.client &&
    left.id.clock + left.length === id.clock &&
    Y.compareIDs(left.rightOrigin, rightOrigin)
  )
}

function idOf(id: BodyId | null | string): Y.ID | null {
  return id === null || typeof id === 'string' ? null : Y.createID(id.clientID, id.clock)
}
