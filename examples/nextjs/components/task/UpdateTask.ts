import type { Patch } from '@tidemark/core'
import type { tasks } from '../../sync/schema'

/** Shows at once, is sent when it can be; a refusal comes to the inbox. */
export type UpdateTask = (patch: Patch<typeof tasks>) => unknown
