import * as Y from 'yjs'
import { type BodyIndex, type Found, maxTypeDepth, type Place } from './BodyIndex.js'
import { Content } from './readContent.js'
import type { DeletedRange } from './readUpdate.js'

/** The index of an open document. It reads the document's own struct lists and keeps nothing. */
export function indexOfDoc(doc: Y.Doc): BodyIndex {
  const { clients } = doc.store
  return {
    clockOf: clientID => Y.getState(doc.store, clientID),
    find: ({ clientID, clock }) => {
      const structs = clients.get(clientID)!
      const struct = structs[Y.findIndexSS(structs, clock)]
      return struct instanceof Y.Item ? foundItem(struct) : gap
    },
    undeletedIn: (clientID, from, to) => {
      const structs = clients.get(clientID)!
      const ranges: DeletedRange[] = []
      let start = -1
      for (let i = Y.findIndexSS(structs, from); i < structs.length; i++) {
        const struct = structs[i]!
        if (struct.id.clock >= to) break
        if (!struct.deleted) {
          if (start < 0) start = Math.max(struct.id.clock, from)
        } else if (start >= 0) {
          ranges.push({ clock: start, length: struct.id.clock - start })
          start = -1
        }
      }
      if (start >= 0) ranges.push({ clock: start, length: to - start })
      return ranges
    },
  }
}

const gap: Found = { place: null, content: Content.gc }

function foundItem(item: Y.Item): Found {
  const parent = item.parent
  return {
    place: parent instanceof Y.AbstractType ? new DocPlace(parent, item.parentSub !== null) : null,
    content: item.content.getRef(),
  }
}

/** Computed when asked: few checks need the depth, and none a root in an open collection. */
class DocPlace implements Place {
  constructor(
    private readonly parent: Y.AbstractType<unknown>,
    readonly isEntry: boolean,
  ) {}

  get root(): string | null {
    return this.parent._item === null ? Y.findRootTypeKey(this.parent) : null
  }

  get depth(): number {
    let depth = 0
    for (let item = this.parent._item; item !== null && depth <= maxTypeDepth; depth++) {
      item = (item.parent as Y.AbstractType<unknown>)._item
    }
    return depth
  }
}
