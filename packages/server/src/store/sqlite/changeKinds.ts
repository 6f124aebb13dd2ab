import type { CommittedChange } from '@tidemark/core'

/** Kinds of change as the `change` table has them. Those of rows are up to 3: its partial index says so. */
export const changeKinds = { insert: 1, update: 2, remove: 3, body: 4, access: 5 } as const satisfies Record<
  CommittedChange['kind'],
  number
>
