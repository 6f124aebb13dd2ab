import type { ListQuery } from '../device/SimTab.js'

/** The lists that people look at: windows of every kind, whole lists, equality, ranges, sets, and one per user. */
export function listShapes(userId: string): readonly { readonly collection: string; readonly query: ListQuery }[] {
  return [
    { collection: 'notes', query: { orderBy: 'rank', limit: 5 } },
    { collection: 'notes', query: { where: { status: 'todo' }, orderBy: '-votes', limit: 4 } },
    { collection: 'notes', query: { where: { team: 'red' }, orderBy: 'title' } },
    { collection: 'notes', query: { where: { labels: { has: 'l1' } }, orderBy: '-$updatedAt', limit: 3 } },
    {
      collection: 'notes',
      query: { where: { or: [{ owner: userId }, { rank: { gte: 50 } }] }, orderBy: '-rank', limit: 6 },
    },
    {
      collection: 'notes',
      query: { where: { team: { in: ['green', 'blue'] }, not: { status: 'done' } }, orderBy: 'rank', limit: 2 },
    },
    { collection: 'notes', query: {} },
    { collection: 'seats', query: { where: { owner: null } } },
    { collection: 'sales', query: { where: { buyer: userId }, limit: 3 } },
    { collection: 'stocks', query: {} },
  ]
}

export const countShapes: readonly { readonly collection: string; readonly where: object }[] = [
  { collection: 'notes', where: { status: 'done' } },
  { collection: 'notes', where: { votes: { gte: 2 } } },
  { collection: 'seats', where: { owner: null } },
]
