import { nameOf } from '../sync/people'

/** A person as a coloured initial; a ring for nobody. */
export function Avatar({ person }: { readonly person: string | null }) {
  if (person === null) return <span className="avatar avatar--nobody" title="Nobody" />
  return (
    <span className={`avatar avatar--${person}`} title={nameOf(person)}>
      {nameOf(person).slice(0, 1)}
    </span>
  )
}
