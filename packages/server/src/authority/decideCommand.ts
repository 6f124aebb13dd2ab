import {
  type AnyCommand,
  type CommandTx,
  commandDefinitionOf,
  derivedId,
  type Json,
  parseQuery,
  type RowWrite,
  runCommand,
  TidemarkError,
  UnreadSignal,
} from '@tidemark/core'
import { decideWrite, type WriteContext } from './decideWrite.js'
import { RefusedSignal, refuse } from './refusals.js'

/** Runs a command against the draft. Gives its result, or throws what rejects it. */
export function decideCommand(
  context: WriteContext,
  command: AnyCommand | undefined,
  call: { readonly name: string; readonly input: Json; readonly queuedAt: number; readonly nowMs: number },
): Json | undefined {
  if (command === undefined) refuse('OUTDATED', `There is no command ${call.name} here.`)
  const { expiresAfterMs } = commandDefinitionOf(command)
  if (expiresAfterMs !== undefined && call.nowMs - call.queuedAt > expiresAfterMs) {
    refuse('EXPIRED', `The command ${call.name} waited too long to be decided.`, { queuedAt: call.queuedAt })
  }
  const tx = new DraftTx(context)
  const run = runCommand(command, tx, call.input, { userId: context.author.userId, now: call.nowMs })
  if (run.status === 'unread') throw new UnreadSignal(run.target)
  if (run.status === 'rejected') refuse(run.code, run.message, run.details)
  return run.result
}

/** The transaction that a command sees: the draft, with every right. */
class DraftTx implements CommandTx {
  #reads = 0
  #writes = 0

  constructor(private readonly context: WriteContext) {}

  get: CommandTx['get'] = (collection, id) => {
    this.#countRead()
    const row = this.context.draft.row({ collection: collection.name, id })
    return row === undefined ? undefined : (asRow({ ...row, id, $pending: false }) as never)
  }

  list: CommandTx['list'] = (collection, query) => {
    this.#countRead()
    const rows = this.context.draft.list(collection.name, parseQuery(query))
    return rows.map(row => asRow({ ...row, $pending: false })) as never
  }

  insert: CommandTx['insert'] = (collection, row) => {
    const { id = derivedId(this.context.author.writeId, this.#writes), ...values } = row as { id?: string }
    this.#write({ op: 'insert', collection: collection.name, id, values })
    return id
  }

  upsert: CommandTx['upsert'] = (collection, id, row) => {
    const { id: _, ...values } = row as { id?: string }
    this.#write({ op: 'upsert', collection: collection.name, id, values })
  }

  update: CommandTx['update'] = (collection, id, patch) => {
    this.#write({ op: 'update', collection: collection.name, id, patch: patch as never })
  }

  remove: CommandTx['remove'] = (collection, id) => {
    this.#write({ op: 'remove', collection: collection.name, id })
  }

  #write(write: RowWrite): void {
    const index = this.#writes++
    const { commandWrites } = this.context.limits
    if (index >= commandWrites) throw new TidemarkError('INVALID', `A command may write ${commandWrites} times.`)
    try {
      decideWrite(this.context, write, index)
    } catch (error) {
      if (error instanceof RefusedSignal) {
        const { code, message, details } = error.refusal
        throw new TidemarkError(code as 'INVALID', message, { details })
      }
      throw error
    }
  }

  #countRead(): void {
    const { commandReads } = this.context.limits
    if (++this.#reads > commandReads) throw new TidemarkError('INVALID', `A command may read ${commandReads} times.`)
  }
}

const asRow = (row: object): object => Object.freeze(row)
