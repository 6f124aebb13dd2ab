import { isSameShape, StoreBase } from '../query/StoreBase.js'

/** What can be taken back of what the user did in this tab. */
export interface Undo {
  /** Takes the last step back that is not yet undone. Does nothing if there is none. */
  undo(): void
  /** Does the step again that was undone last. */
  redo(): void
  readonly canUndo: boolean
  readonly canRedo: boolean
}

/** One history over time: of a record, or of all that was done. */
export class UndoStore extends StoreBase<Undo> {
  readonly #look: () => Undo
  readonly #atServer: Undo

  constructor(look: () => Undo) {
    super()
    this.#look = look
    this.#atServer = Object.freeze({ ...look(), canUndo: false, canRedo: false })
  }

  override getServerSnapshot = (): Undo => this.#atServer

  protected compute(): Undo {
    return this.#look()
  }

  protected isSame(a: Undo, b: Undo): boolean {
    return isSameShape(a, b)
  }
}
