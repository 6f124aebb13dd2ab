import type { Query, Where } from '@tidemark/core'
import type { labels, statuses, tasks } from '../sync/schema'

export type Status = (typeof statuses)[number]
export type Label = (typeof labels)[number]
export type Sort = keyof typeof sorts

/** What the list shows; `null` means any. */
export interface Filters {
  readonly status: Status | null
  readonly search: string
  readonly assignee: string | null
  readonly label: Label | null
  readonly sort: Sort
}

export const nobody = 'nobody'
export const noFilters: Filters = { status: null, search: '', assignee: null, label: null, sort: 'newest' }

export const sorts = {
  newest: { name: 'Newest first', orderBy: '-$createdAt' },
  updated: { name: 'Last changed', orderBy: '-$updatedAt' },
  priority: { name: 'Priority', orderBy: ['-priority', '-votes'] },
  due: { name: 'Due first', orderBy: 'dueAt' },
  votes: { name: 'Most votes', orderBy: '-votes' },
  title: { name: 'Title', orderBy: 'title' },
} as const satisfies Record<string, { name: string; orderBy: Query<typeof tasks>['orderBy'] }>

/** All filters but the status: what the counts of the tabs share. */
export function whereOf({ search, assignee, label, sort }: Filters): Where<typeof tasks> {
  const text = search.trim()
  return {
    ...(text !== '' && { title: { contains: text } }),
    ...(assignee !== null && { assignee: assignee === nobody ? null : assignee }),
    ...(label !== null && { labels: { has: label } }),
    // A range matches only values of its type, so this leaves out tasks without a date.
    ...(sort === 'due' && { dueAt: { gt: '' } }),
  }
}

export function queryOf(filters: Filters): Query<typeof tasks> {
  const where = { ...whereOf(filters), ...(filters.status !== null && { status: filters.status }) }
  return { where, orderBy: sorts[filters.sort].orderBy, limit: 50 }
}
