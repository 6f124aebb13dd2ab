/**
 * The origin of every Yjs transaction that was not made in this document. An undo manager leaves them alone: it
 * takes those without an origin, and of the origins only the ones it is told.
 */
export const remoteOrigin: unique symbol = Symbol('tidemark')
