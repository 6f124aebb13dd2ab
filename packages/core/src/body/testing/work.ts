import * as Y from 'yjs'
import { refusal } from '../BodyRefusal.js'
import { IntegrationWork } from '../IntegrationWork.js'
import { indexOfDoc } from '../indexOfDoc.js'
import { type NewPart, newPartOf } from '../NewPart.js'
import { placeStructs } from '../placeStructs.js'
import { readUpdate } from '../readUpdate.js'

/** What is counted for an update that the document has no part of, up to a bound. */
export function workOf(doc: Y.Doc, update: Uint8Array, maxSteps = Number.POSITIVE_INFINITY): IntegrationWork {
  const { blocks, deletions } = readUpdate(update)
  const parts = blocks.map(block => newPartOf(block, Y.getState(doc.store, block.clientID)))
  const work = new IntegrationWork(doc, maxSteps)
  placeStructs(parts as NewPart[], indexOfDoc(doc), (struct, place, part) => {
    work.add(part, struct, place !== null)
    return work.isTooMuch ? refusal('INVALID', 'Enough.') : null
  })
  for (const [clientID, ranges] of deletions) {
    for (const range of ranges) if (!work.isTooMuch) work.delete(clientID, range)
  }
  return work
}

/** Applies an update and answers over how many items Yjs passed: it puts each into two sets. */
export function passedOnApplying(doc: Y.Doc, update: Uint8Array): number {
  const { add } = Set.prototype
  let added = 0
  Set.prototype.add = function (value) {
    if (value instanceof Y.Item) added++
    return add.call(this, value)
  }
  try {
    Y.applyUpdate(doc, update)
  } finally {
    Set.prototype.add = add
  }
  return added / 2
}
