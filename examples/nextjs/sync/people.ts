/** Who can use the tracker. What each may do is decided in `node/access.ts`. */
export const people = {
  alice: { name: 'Alice', role: 'lead', rights: 'Lead: reads and changes everything.' },
  bob: { name: 'Bob', role: 'member', rights: 'Member: changes only tasks that are his, or nobody’s.' },
  carol: { name: 'Carol', role: 'guest', rights: 'Guest: sees only tasks that are done, or hers.' },
} as const

export type PersonId = keyof typeof people

export const personIds = Object.keys(people) as readonly PersonId[]

export function isPersonId(id: string | null): id is PersonId {
  return id !== null && Object.hasOwn(people, id)
}

export function nameOf(id: string): string {
  return isPersonId(id) ? people[id].name : id
}
