import { hash53 } from '@tidemark/core'

/** Where a new workspace is placed; from then on the store's `workspace` table says where it is. */
export function shardOf(workspace: string, shardCount: number): number {
  return hash53(workspace) % shardCount
}
