import * as Y from 'yjs'
import { seededRandom } from './seededRandom.js'

/** A stretch of writing at one place: so many characters in, then so many of them out again. 260,000 edits leave 104 KB. */
const typedAtOnce = 70
const takenBack = 30
const letters = 'etaoin shrdlu, cmfwyp vbgkqj xz.'

/**
 * A text that one person has typed, character by character, here and there, with second thoughts: the same in every run. Gives the
 * updates as they came up, merged in parts.
 */
export class LongText {
  readonly doc = new Y.Doc()
  readonly text: Y.Text
  readonly #random = seededRandom(260_000)
  #place = 0

  constructor(root: string) {
    this.doc.clientID = 104_000
    this.text = this.doc.getText(root)
  }

  *type(edits: number, editsPerPart: number): Generator<Uint8Array> {
    let updates: Uint8Array[] = []
    const keep = (update: Uint8Array) => updates.push(update)
    this.doc.on('update', keep)
    for (let edit = 1; edit <= edits; edit++) {
      this.#edit(edit)
      if (edit % editsPerPart !== 0 && edit !== edits) continue
      yield Y.mergeUpdates(updates)
      updates = []
    }
    this.doc.off('update', keep)
  }

  #edit(edit: number): void {
    const step = edit % (typedAtOnce + takenBack)
    if (step === 0) this.#place = this.#below(this.text.length + 1)
    const isInsert = this.#place === 0 || step < typedAtOnce
    if (isInsert) this.text.insert(this.#place++, letters[this.#below(letters.length)] as string)
    else this.text.delete(--this.#place, 1)
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}
