import {
  type AnyCommand,
  effectiveStamp,
  type Json,
  type RowWrite,
  type SchemaModel,
  stampFromMs,
  UnreadSignal,
} from '@tidemark/core'
import type { Access } from '../access/Access.js'
import type { Limits } from '../limits.js'
import type { StoredReplica } from '../store/Store.js'
import type { Draft } from './Draft.js'
import { decideBody } from './decideBody.js'
import { decideCommand } from './decideCommand.js'
import { decideWrite, type WriteContext } from './decideWrite.js'
import { ClientJudge, trusted } from './Judge.js'
import { refusalFrom, refuse } from './refusals.js'
import type { Decided, ReplicaTask, ServerTask } from './Task.js'

/** What stays the same for all mutations of a node. */
export interface Bench {
  readonly schema: SchemaModel
  readonly access: Access
  readonly commandByName: ReadonlyMap<string, AnyCommand>
  readonly limits: Limits
}

/** A replica's numbered mutation. The draft is worth keeping only if it was accepted. */
export function decideReplicaTask(
  bench: Bench,
  draft: Draft,
  task: ReplicaTask,
  replica: StoredReplica | null,
  nowMs: number,
): Decided {
  const { entry, user } = task
  const stamp = effectiveStamp(entry.stamp, nowMs, replica?.lastStamp ?? 0)
  const { number, writeId, seen, mutation } = entry
  const author = { userId: user.userId, writer: task.replica, number, writeId, stamp, seen }
  const judge = new ClientJudge(bench.access, user)
  const context: WriteContext = { schema: bench.schema, limits: bench.limits, draft, author, judge }
  return settled(draft, () => {
    if (mutation.kind === 'void') return { status: 'accepted' }
    if (task.role !== 'write') refuse('DENIED', 'You may read this workspace and not write to it.')
    switch (mutation.kind) {
      case 'write': {
        const refused = decideWrite(context, mutation.write, 0)
        return refused === undefined ? { status: 'accepted' } : { status: 'accepted', refused }
      }
      case 'batch':
        decideBatch(context, mutation.writes)
        return { status: 'accepted' }
      case 'body':
        decideBody(context, mutation)
        return { status: 'accepted' }
      case 'command': {
        const command = bench.commandByName.get(mutation.name)
        // A command is made where it is decided: it holds for the moment of its decision, not of its call.
        const decider = { ...context, judge: trusted, author: { ...author, stamp: stampFromMs(nowMs) } }
        const result = decideCommand(decider, command, { ...mutation, nowMs })
        return accepted(result)
      }
    }
  })
}

/** Work of server code: everything is allowed that the schema allows. */
export function decideServerTask(bench: Bench, draft: Draft, task: ServerTask, nowMs: number): Decided {
  const { work, userId, writeId, ticket } = task
  const writer = `server:${userId}`
  const author = { userId, writer, number: ticket, writeId, stamp: stampFromMs(nowMs), seen: draft.nextSeq - 1 }
  const context: WriteContext = { schema: bench.schema, limits: bench.limits, draft, author, judge: trusted }
  return settled(draft, () => {
    switch (work.kind) {
      case 'write':
        decideWrite(context, work.write, 0)
        return { status: 'accepted' }
      case 'batch':
        if (work.ifHead !== undefined && work.ifHead !== draft.nextSeq - 1) {
          refuse('STALE', 'The workspace changed since it was read: read it again.')
        }
        decideBatch(context, work.writes)
        return { status: 'accepted' }
      case 'body':
        decideBody(context, work)
        return { status: 'accepted' }
      case 'command':
        return accepted(decideCommand(context, bench.commandByName.get(work.name), { ...work, nowMs }))
      case 'inline':
        return accepted(
          decideCommand(context, work.command, { name: work.command.name, input: null, queuedAt: nowMs, nowMs }),
        )
      case 'access':
        draft.note({ kind: 'access', seq: draft.nextSeq, userId, at: nowMs, subject: work.subject })
        return { status: 'accepted' }
      case 'position':
        return { status: 'accepted' }
    }
  })
}

/** All or nothing: a field that a rule refuses refuses the batch. */
function decideBatch(context: WriteContext, writes: readonly RowWrite[]): void {
  const { batchWrites } = context.limits
  if (writes.length > batchWrites)
    refuse('INVALID', `A batch may hold ${batchWrites} writes, this has ${writes.length}.`)
  for (const [index, write] of writes.entries()) {
    const refused = decideWrite(context, write, index)
    if (refused !== undefined) refuse('DENIED', refused.reason)
  }
}

function accepted(result: Json | undefined): Decided {
  return result === undefined ? { status: 'accepted' } : { status: 'accepted', result }
}

/** What a mutation comes to. Whatever it came to counts only if it really knew what it inserted over. */
function settled(draft: Draft, decide: () => Decided): Decided {
  let decided: Decided
  try {
    decided = decide()
  } catch (error) {
    if (error instanceof UnreadSignal) throw error
    draft.mustKnowInserted()
    return { status: 'rejected', ...refusalFrom(error) }
  }
  draft.mustKnowInserted()
  return decided
}
