import {
  type CommandTx,
  checkCommandInput,
  type Json,
  newId,
  parseQuery,
  type RecordState,
  type RowWrite,
  TidemarkError,
  withDefaults,
} from '@tidemark/core'
import type { Decided, ServerTask } from '../authority/Task.js'
import type { NodeCore } from '../NodeCore.js'
import { ChangePump } from './ChangePump.js'
import { inlineCommand, rehearse } from './rehearse.js'
import type { ServerWorkspace } from './ServerWorkspace.js'

/** How often a transaction is run again because the workspace changed, or its owner did. */
const mostTries = 50

const errorFrom = ({ code, message, details }: Extract<Decided, { status: 'rejected' }>): TidemarkError =>
  new TidemarkError(code as 'INVALID', message, { details })

/** Server code's hands in one workspace. What it writes is decided in order with everyone's, and is committed when it resolves. */
export class NodeWorkspace implements ServerWorkspace {
  constructor(
    private readonly node: NodeCore,
    private readonly workspace: string,
  ) {}

  get: ServerWorkspace['get'] = async (collection, id) => {
    const key = { collection: collection.name, id }
    const { found } = await this.node.store.read(this.workspace, { found: { kind: 'records', keys: [key] } })
    const state = found[0]
    return state === undefined || state.removed ? undefined : this.#row(collection.name, id, state)
  }

  list: ServerWorkspace['list'] = async (collection, query) => {
    const parsed = parseQuery(query, this.node.access.lookup(collection.name))
    const read = { kind: 'list', collection: collection.name, query: parsed } as const
    const { found } = await this.node.store.read(this.workspace, { found: read })
    return found.map(({ id, state }) => this.#row(collection.name, id, state))
  }

  insert: ServerWorkspace['insert'] = async (collection, row) => {
    const { id = newId(), ...values } = row as { readonly id?: string }
    await this.#write({ op: 'insert', collection: collection.name, id, values })
    return id
  }

  upsert: ServerWorkspace['upsert'] = async (collection, id, row) => {
    const { id: _, ...values } = row as { readonly id?: string }
    await this.#write({ op: 'upsert', collection: collection.name, id, values })
  }

  update: ServerWorkspace['update'] = async (collection, id, patch) => {
    await this.#write({ op: 'update', collection: collection.name, id, patch: patch as never })
  }

  remove: ServerWorkspace['remove'] = async (collection, id) => {
    await this.#write({ op: 'remove', collection: collection.name, id })
  }

  batch: ServerWorkspace['batch'] = async write => {
    for (let tries = 0; tries < mostTries; tries++) {
      const decided = this.node.isOwn(this.workspace)
        ? await this.node.ask(this.workspace, { kind: 'inline', command: inlineCommand(write) })
        : await this.#decideElsewhere(write)
      if (decided.status === 'accepted') return
      if (decided.code !== 'STALE' && decided.code !== 'NOT_OWNER') throw errorFrom(decided)
    }
    throw new TidemarkError('BUSY', 'Others wrote to the workspace faster than this transaction could read it.')
  }

  /** A function cannot be sent to the owner; what it writes can, to count if nothing changed since it read. */
  async #decideElsewhere(write: (tx: CommandTx) => void): Promise<Decided> {
    const { bench, store, scheduler } = this.node
    const { decided, writes, head } = await rehearse({ bench, store, nowMs: scheduler.now() }, this.workspace, write)
    if (decided.status === 'rejected') return decided
    return this.node.ask(this.workspace, { kind: 'batch', writes, ...(head === null ? {} : { ifHead: head }) })
  }

  accessChanged: ServerWorkspace['accessChanged'] = async who => {
    await this.#mustAccept({ kind: 'access', subject: who === 'all' ? null : who.userId })
  }

  run: ServerWorkspace['run'] = async (called, input, options = {}) => {
    const work = {
      kind: 'command',
      name: called.name,
      input: checkCommandInput(called, input) as Json,
      queuedAt: this.node.scheduler.now(),
    } as const
    const decided = await this.node.ask(this.workspace, work, options)
    const outcome =
      decided.status === 'accepted'
        ? { status: 'accepted', result: decided.result }
        : {
            status: 'rejected',
            code: decided.code,
            details: decided.details,
            message: decided.message,
            acknowledge() {},
          }
    return outcome as never
  }

  onChange: ServerWorkspace['onChange'] = (of, { name }, listener) => {
    const pump = new ChangePump(this.node, this.workspace, of, name, listener as never)
    pump.start()
    return () => pump.stop()
  }

  async #write(write: RowWrite): Promise<void> {
    await this.#mustAccept({ kind: 'write', write })
  }

  async #mustAccept(work: ServerTask['work']): Promise<void> {
    const decided: Decided = await this.node.ask(this.workspace, work)
    if (decided.status === 'rejected') throw errorFrom(decided)
  }

  #row(collection: string, id: string, { values }: RecordState): never {
    const model = this.node.schema.collectionByName.get(collection)
    const row = { ...(model === undefined ? values : withDefaults(model, values)), id, $pending: false }
    return Object.freeze(row) as never
  }
}
