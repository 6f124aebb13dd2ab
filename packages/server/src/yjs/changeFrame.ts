import type { BodyChange } from '@tidemark/core'
import { updateFrame } from './doorMessage.js'

const frameByChange = new WeakMap<BodyChange, Uint8Array>()

/** The frame of a committed update, made once for all who are told. */
export function changeFrame(change: BodyChange): Uint8Array {
  let frame = frameByChange.get(change)
  if (frame === undefined) {
    frame = updateFrame(change.update)
    frameByChange.set(change, frame)
  }
  return frame
}
