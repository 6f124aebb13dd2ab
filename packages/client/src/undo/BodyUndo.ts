import * as Y from 'yjs'
import type { BodyCopy } from '../bodies/BodyCopy.js'
import type { Direction } from './UndoHistory.js'

/** Whoever writes here is the user, whatever origin their editor gives. */
class AnyOrigin extends Set<unknown> {
  override has(): boolean {
    return true
  }
}

/**
 * The steps of one open body, as Yjs keeps them: what others did, and what Yjs tidied after them, is in none. Where a
 * step begins is decided elsewhere.
 */
export class BodyUndo {
  readonly #steps: Y.UndoManager

  /** `typed` is called before an edit is kept, with the names of the roots that it changed; `closed` with the document's end. */
  constructor(copy: BodyCopy, typed: (roots: string) => void, closed: () => void) {
    const { doc } = copy
    const steps = new Y.UndoManager(doc, {
      captureTimeout: Number.POSITIVE_INFINITY,
      trackedOrigins: new AnyOrigin(),
      captureTransaction: ({ changed, changedParentTypes }) => {
        if (steps.undoing || steps.redoing) return true
        if (copy.isReceiving || changed.size === 0) return false
        typed([...doc.share].flatMap(([name, root]) => (changedParentTypes.has(root) ? [name] : [])).join())
        return true
      },
    })
    this.#steps = steps
    doc.on('destroy', closed)
  }

  get counts(): Readonly<Record<Direction, number>> {
    return { undo: this.#steps.undoStack.length, redo: this.#steps.redoStack.length }
  }

  beginStep(): void {
    this.#steps.stopCapturing()
  }

  /** Takes the last step back of which something is left, and drops those after it; false if there is none. */
  move(direction: Direction): boolean {
    return this.#steps[direction]() !== null
  }

  /** What Yjs keeps of its text stays until the body is closed. */
  forgetOldest(from: Direction): void {
    this.#steps[from === 'undo' ? 'undoStack' : 'redoStack'].shift()
  }

  forgetUndone(): void {
    this.#steps.clear(false, true)
  }
}
