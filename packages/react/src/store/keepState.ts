/** The previous state if the next one has the same members, else the next one, frozen. */
export function keepState<T extends object>(previous: T | undefined, next: T): T {
  return previous && hasSameMembers(previous, next) ? previous : Object.freeze(next)
}

function hasSameMembers(a: object, b: object): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(key => Object.hasOwn(b, key) && Object.is(a[key as never], b[key as never]))
}
