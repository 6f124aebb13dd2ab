import type { CommittedChange } from '@tidemark/core'

/** Kinds of change as the `change` table has them: those of rows come first. */
export const changeKinds = { insert: 1, update: 2, remove: 3, body: 4, access: 5 } as const satisfies Record<
  CommittedChange['kind'],
  number
>

const names = Object.fromEntries(Object.entries(changeKinds).map(([name, kind]) => [kind, name]))

export const kindName = (kind: number): CommittedChange['kind'] => names[kind] as CommittedChange['kind']
