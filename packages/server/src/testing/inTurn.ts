/** Gives one after another, and begins again. */
export function inTurn<T>(all: readonly T[]): () => T {
  let next = 0
  return () => all[next++ % all.length] as T
}
