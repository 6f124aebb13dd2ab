import { type AnyCommand, type CommandTx, command, type RowWrite, type Schema, UnreadSignal } from '@tidemark/core'
import { Draft, type Unread } from '../authority/Draft.js'
import { type Bench, decideServerTask } from '../authority/decide.js'
import { remember } from '../authority/remember.js'
import type { Decided } from '../authority/Task.js'
import { WorkspaceMemory } from '../authority/WorkspaceMemory.js'
import type { Reads, Store } from '../store/Store.js'

/** Takes anything: an inline transaction has no input. */
const anything: Schema = { '~standard': { version: 1, vendor: 'tidemark', validate: value => ({ value }) } }

/** Server code's own transaction, as a command without a name. */
export const inlineCommand = (write: (tx: CommandTx) => void): AnyCommand =>
  command('server.batch', {
    input: anything,
    run(tx: CommandTx): void {
      write(tx)
    },
  }) as AnyCommand

export interface Rehearsal {
  readonly decided: Decided
  readonly writes: readonly RowWrite[]
  /** Of the workspace, as it was read; null if nothing was read, so that it holds at any. */
  readonly head: number | null
}

/**
 * Runs a transaction of server code at a node that does not own the workspace: on what the store has at one moment.
 * What it wrote can be sent to the owner, which takes it if the workspace still stands where it was read.
 */
export async function rehearse(
  { bench, store, nowMs }: { readonly bench: Bench; readonly store: Store; readonly nowMs: number },
  workspace: string,
  write: (tx: CommandTx) => void,
): Promise<Rehearsal> {
  const wanted = new Map<string, Unread>()
  for (;;) {
    const names = [...wanted.keys()]
    const reads: Reads = Object.fromEntries([...wanted.values()].map(({ read }, index) => [`${index}`, read]))
    const { head, ...results } = await store.read(workspace, reads)
    const memory = new WorkspaceMemory(head, 0)
    const found = results as Readonly<Record<string, unknown>>
    for (const [index, name] of names.entries()) {
      remember(bench.schema, memory, wanted.get(name) as Unread, found[`${index}`])
    }
    const recorder = new Recorder()
    const work = { kind: 'inline', command: inlineCommand(tx => write(recorder.over(tx))) } as const
    const task = { kind: 'server', ticket: 0, userId: 'server', writeId: 'rehearsal', work } as const
    try {
      const decided = decideServerTask(bench, new Draft(memory), task, nowMs)
      return { decided, writes: recorder.writes, head: recorder.hasRead ? head : null }
    } catch (error) {
      if (!(error instanceof UnreadSignal)) throw error
      const unread = error.target as Unread
      wanted.set(unread.name, unread)
    }
  }
}

/** Notes what a transaction writes, and whether it reads. */
class Recorder {
  readonly writes: RowWrite[] = []
  hasRead = false

  over(tx: CommandTx): CommandTx {
    return {
      get: (collection, id) => {
        this.hasRead = true
        return tx.get(collection, id)
      },
      list: (collection, query) => {
        this.hasRead = true
        return tx.list(collection, query)
      },
      insert: (collection, row) => {
        const { id: _, ...values } = row as { readonly id?: string }
        const id = tx.insert(collection, row)
        this.writes.push({ op: 'insert', collection: collection.name, id, values })
        return id
      },
      upsert: (collection, id, row) => {
        const { id: _, ...values } = row as { readonly id?: string }
        tx.upsert(collection, id, row)
        this.writes.push({ op: 'upsert', collection: collection.name, id, values })
      },
      update: (collection, id, patch) => {
        tx.update(collection, id, patch)
        this.writes.push({ op: 'update', collection: collection.name, id, patch: patch as never })
      },
      remove: (collection, id) => {
        tx.remove(collection, id)
        this.writes.push({ op: 'remove', collection: collection.name, id })
      },
    }
  }
}
