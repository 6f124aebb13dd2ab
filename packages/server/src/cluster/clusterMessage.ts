import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Misplacement } from '../authority/Batch.js'
import type { Decided, Task } from '../authority/Task.js'

/** What one node says to one other. */
export type NodeWord =
  /** Decide these, as the owner of their workspace. Answers come by the workspace's envelopes, or as `resolved`. */
  | { readonly kind: 'forward'; readonly from: string; readonly workspace: string; readonly tasks: readonly Task[] }
  | {
      readonly kind: 'resolved'
      readonly workspace: string
      readonly ticket: number
      readonly decided: Decided
      readonly seq: number
    }
  /** A mutation of this replica cannot be where it is, as the owner sees it. */
  | {
      readonly kind: 'misplaced'
      readonly workspace: string
      readonly replica: string
      readonly code: Misplacement
    }

/** What a node says to all. */
export interface ClusterWord {
  readonly node: string
  /** It goes: its shards are to be others'. */
  readonly isLeaving: boolean
  /** Heads of workspaces that it committed to a short while ago. */
  readonly heads: readonly (readonly [workspace: string, head: number])[]
}

/** Nodes of different versions talk to each other while they are deployed: what is of another version is not read. */
const version = 1

export function encodeWord(word: NodeWord | ClusterWord): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, version)
  encoding.writeAny(encoder, word as never)
  return encoding.toUint8Array(encoder)
}

/** Null for what another version, or nobody, has written. */
export function decodeWord<W extends NodeWord | ClusterWord>(bytes: Uint8Array): W | null {
  try {
    const decoder = decoding.createDecoder(bytes)
    return decoding.readUint8(decoder) === version ? (decoding.readAny(decoder) as W) : null
  } catch {
    return null
  }
}
