import { TidemarkError } from '@tidemark/core'
import type { WorkspaceCommit } from './Store.js'

/** Throws unless the changes number every seq from `from + 1` to `to`: a hole is the caller's fault, never stored. [G3] */
export function mustFollow({ workspace, from, to, changes }: WorkspaceCommit): void {
  const isWhole = to - from === changes.length && changes.every(({ seq }, index) => seq === from + 1 + index)
  if (isWhole) return
  const seqs = changes.map(({ seq }) => seq).join(', ')
  throw new TidemarkError('INTERNAL', `A commit of ${workspace} from ${from} to ${to} has changes ${seqs}.`)
}
