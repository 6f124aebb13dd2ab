/** The previous array if the next one has the same items, else the next one, frozen. */
export function keepItems<T>(previous: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  const isSame = previous?.length === next.length && next.every((item, index) => Object.is(item, previous[index]))
  return isSame ? previous : Object.freeze(next)
}
