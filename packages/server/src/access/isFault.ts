import type { ErrorCode } from '@tidemark/core'

const faults: ReadonlySet<ErrorCode> = new Set(['BAD_FRAME', 'FRAME_TOO_LARGE', 'INVALID', 'TOO_MANY_SUBSCRIPTIONS'])

/** Whether only a broken client or an ill-meaning one is closed with this. */
export const isFault = (code: ErrorCode): boolean => faults.has(code)
