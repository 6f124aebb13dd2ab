/**
 * What is known of the subscriptions that cover a row, beside the `views` that are named: there are no others; or there may
 * be others, which only the storage knows of, but for those that it has left.
 */
export type Known = { readonly isRead: true } | { readonly isRead: false; readonly left: readonly string[] }

/** The subscriptions that cover a row after a change that names `views`, if `before` covered it. */
export function viewsAfter(before: Iterable<string>, views: readonly string[], change: Known): readonly string[] {
  if (change.isRead) return views
  return [...new Set([...views, ...[...before].filter(view => !change.left.includes(view))])]
}

/** What is known after two changes. */
export function knownAfter(before: Known, change: Known, views: readonly string[]): Known {
  if (change.isRead || before.isRead) return { isRead: true }
  return { isRead: false, left: [...before.left, ...change.left].filter(view => !views.includes(view)) }
}
