import type { ReactNode } from 'react'

/** One line of the facts: a name and its control. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="fact">
      <span className="fact__name">{name}</span>
      <div className="fact__value">{children}</div>
    </div>
  )
}
