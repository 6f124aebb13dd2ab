import type { RecordTarget } from '@tidemark/core'
import type { Client } from '../Client.js'
import type { LiveStore } from '../LiveState.js'
import { rowRef } from '../replica/RowRef.js'
import { type UndoPort, undoPort } from './UndoPort.js'
import { UndoRunner } from './UndoRunner.js'
import type { Undo } from './UndoStore.js'

const runnerByClient = new WeakMap<Client, UndoRunner>()

/**
 * What can be undone of what the user did in this tab through this client: updates of fields and edits of texts, with a
 * scope those of one record. Insertions, removals, batches and commands are no steps, nor is anything done elsewhere.
 *
 * What is done before the first subscription to any history of the client is not recorded, and costs nothing.
 */
export function undoOf(client: Client, scope?: RecordTarget): LiveStore<Undo> {
  let runner = runnerByClient.get(client)
  if (runner === undefined) {
    runner = new UndoRunner(client, (client as Client & { readonly [undoPort]: UndoPort })[undoPort])
    runnerByClient.set(client, runner)
  }
  return runner.store(scope ? rowRef(scope.collection, scope.record) : null)
}
