/**
 * One message out of several frames, made once for all sessions that are sent the same frames: the same objects in the
 * same order. A cache is for one tick. Joining is legal because each message in a frame says where it ends.
 */
export class JoinCache {
  readonly #root: Joint = { joined: undefined, next: undefined }
  #lastFrames: readonly Uint8Array[] = []
  #lastJoined = new Uint8Array()

  join(frames: readonly Uint8Array[]): Uint8Array {
    const [first] = frames
    if (frames.length === 1 && first !== undefined) return first
    // Sessions of one workspace mostly stand beside one another.
    if (!isSame(frames, this.#lastFrames)) {
      let joint = this.#root
      for (const frame of frames) joint = jointAfter(joint, frame)
      joint.joined ??= joinFrames(frames)
      this.#lastFrames = frames
      this.#lastJoined = joint.joined
    }
    return this.#lastJoined
  }
}

/** What the frames on the way here make joined, and the ways on. */
interface Joint {
  joined: Uint8Array<ArrayBuffer> | undefined
  next: Map<Uint8Array, Joint> | undefined
}

function jointAfter(joint: Joint, frame: Uint8Array): Joint {
  joint.next ??= new Map()
  let next = joint.next.get(frame)
  if (next === undefined) {
    next = { joined: undefined, next: undefined }
    joint.next.set(frame, next)
  }
  return next
}

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false
  for (let place = 0; place < a.length; place++) if (a[place] !== b[place]) return false
  return true
}

export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(frames.reduce((bytes, { length }) => bytes + length, 0))
  let place = 0
  for (const frame of frames) {
    joined.set(frame, place)
    place += frame.length
  }
  return joined
}
