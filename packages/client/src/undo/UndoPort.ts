import type { AnyCollection, Clock, Receipt } from '@tidemark/core'
import type { BodyCopy } from '../bodies/BodyCopy.js'
import type { SettledEntry } from '../outbox/Outbox.js'

/**
 * Under this name a client keeps its port: a history takes hold of a client, which knows nothing of histories, so that
 * an app without undo does not load them.
 */
export const undoPort: unique symbol = Symbol('tidemark.undo')

export interface UndoPort {
  readonly clock: Clock
  readonly maxSteps: number
  /** Whether its records are documents of any content. */
  isOpen(collection: string): boolean
  /** An update of which the recorder is not told. */
  write(collection: AnyCollection, id: string, patch: object): Receipt
  /** Tells the recorder of everything from now on; of open bodies at once. */
  record(recorder: UndoRecorder): void
}

export interface UndoRecorder {
  /** The app updates a record: `write` does it. An upsert is one too, where it finds the record. */
  update(collection: AnyCollection, id: string, patch: object, write: () => Receipt): Receipt
  /** A body was opened, or built anew; its document is destroyed at its end. */
  opened(copy: BodyCopy): void
  answered(settled: readonly SettledEntry[]): void
  /** Nothing is written any more, nor shown. */
  closed(): void
}
