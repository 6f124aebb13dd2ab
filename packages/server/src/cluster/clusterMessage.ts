import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Misplacement } from '../authority/Batch.js'
import type { Decided, ReplicaTask, Task } from '../authority/Task.js'

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
const version = 2

/** Mutations of replicas are most of what nodes say to each other: their fields go without names. */
const forms = ['any', 'forward'] as const
const taskForms = ['any', 'replica'] as const
const roles = ['read', 'write'] as const

export function encodeWord(word: NodeWord | ClusterWord): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, version)
  if ('kind' in word && word.kind === 'forward') {
    encoding.writeUint8(encoder, forms.indexOf('forward'))
    encoding.writeVarString(encoder, word.from)
    encoding.writeVarString(encoder, word.workspace)
    for (const task of word.tasks) writeTask(encoder, task)
  } else {
    encoding.writeUint8(encoder, forms.indexOf('any'))
    encoding.writeAny(encoder, word as never)
  }
  return encoding.toUint8Array(encoder)
}

/** Null for what another version, or nobody, has written. */
export function decodeWord<W extends NodeWord | ClusterWord>(bytes: Uint8Array): W | null {
  try {
    const decoder = decoding.createDecoder(bytes)
    if (decoding.readUint8(decoder) !== version) return null
    return (forms[decoding.readUint8(decoder)] === 'forward' ? readForward(decoder) : decoding.readAny(decoder)) as W
  } catch {
    return null
  }
}

function readForward(decoder: decoding.Decoder): Extract<NodeWord, { kind: 'forward' }> {
  const from = decoding.readVarString(decoder)
  const workspace = decoding.readVarString(decoder)
  const tasks: Task[] = []
  while (decoding.hasContent(decoder)) tasks.push(readTask(decoder))
  return { kind: 'forward', from, workspace, tasks }
}

function writeTask(encoder: encoding.Encoder, task: Task): void {
  if (task.kind === 'server') {
    encoding.writeUint8(encoder, taskForms.indexOf('any'))
    encoding.writeAny(encoder, task as never)
    return
  }
  const { replica, user, role, answered, entry } = task
  encoding.writeUint8(encoder, taskForms.indexOf('replica'))
  encoding.writeVarString(encoder, replica)
  encoding.writeAny(encoder, user as never)
  encoding.writeUint8(encoder, roles.indexOf(role))
  encoding.writeVarUint(encoder, answered)
  encoding.writeVarUint(encoder, entry.number)
  encoding.writeVarString(encoder, entry.writeId)
  encoding.writeVarUint(encoder, entry.stamp)
  encoding.writeVarUint(encoder, entry.seen)
  encoding.writeAny(encoder, entry.mutation as never)
}

function readTask(decoder: decoding.Decoder): Task {
  if (taskForms[decoding.readUint8(decoder)] !== 'replica') return decoding.readAny(decoder) as Task
  return {
    kind: 'replica',
    replica: decoding.readVarString(decoder),
    user: decoding.readAny(decoder),
    role: roles[decoding.readUint8(decoder)] as ReplicaTask['role'],
    answered: decoding.readVarUint(decoder),
    entry: {
      number: decoding.readVarUint(decoder),
      writeId: decoding.readVarString(decoder),
      stamp: decoding.readVarUint(decoder),
      seen: decoding.readVarUint(decoder),
      mutation: decoding.readAny(decoder),
    },
  }
}
