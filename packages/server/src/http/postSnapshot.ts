import {
  andWhere,
  checkId,
  isPlainObject,
  type Json,
  parseQuery,
  queryRowOf,
  type RecordState,
  type RowValues,
  withDefaults,
} from '@tidemark/core'
import type { NodePort } from '../NodePort.js'
import type { Read } from '../store/Store.js'
import type { Caller } from './decideOnce.js'
import { HttpRefusal } from './HttpRefusal.js'
import { type HttpReply, jsonReply } from './HttpReply.js'

const maxTargets = 100

/**
 * `POST /v1/<workspace>/snapshot`: `{ targets: [{ collection, record } | { collection, list }] }`, read at one moment
 * as this user may see them. Answers `{ head, results }`: a row or null for a record, rows for a list.
 */
export async function postSnapshot(port: NodePort, { user, workspace }: Caller, body: Json): Promise<HttpReply> {
  const targets = isPlainObject(body) ? body.targets : undefined
  if (!Array.isArray(targets) || targets.length > maxTargets) {
    throw HttpRefusal.of('INVALID', `The body is an object of targets, an array of at most ${maxTargets}.`)
  }
  const plans = targets.map(target => planOf(port, user, target))
  const reads = Object.fromEntries(plans.map(({ read }, place) => [place, read]))
  const found: Readonly<Record<string, unknown>> = await port.read(workspace, reads)
  return jsonReply(200, { head: found.head, results: plans.map(({ resultOf }, place) => resultOf(found[place])) })
}

interface Plan {
  readonly read: Read
  resultOf(found: unknown): unknown
}

function planOf(port: NodePort, user: Caller['user'], target: unknown): Plan {
  const { collection, record, list } = isPlainObject(target) ? target : {}
  const model = typeof collection === 'string' ? port.schema.collectionByName.get(collection) : undefined
  if (model === undefined) throw HttpRefusal.of('INVALID', 'A target names a collection of the schema.')
  const { name } = model
  const rowOf = (id: string, { values }: RecordState): RowValues => ({
    ...queryRowOf(id, withDefaults(model, values)),
    $pending: false,
  })
  if (record !== undefined) {
    const id = checkId(record)
    const isVisible = port.access.readMatcher(user, name)
    return {
      read: { kind: 'records', keys: [{ collection: name, id }] },
      resultOf: found => {
        const [state] = found as readonly (RecordState | undefined)[]
        const row = state === undefined || state.removed ? null : rowOf(id, state)
        return row !== null && isVisible(row) ? row : null
      },
    }
  }
  const query = parseQuery(list, port.access.lookup(name))
  const where = andWhere(query.where, port.access.readRule(user, name))
  return {
    read: { kind: 'list', collection: name, query: { ...query, where } },
    resultOf: found =>
      (found as readonly { id: string; state: RecordState }[]).map(({ id, state }) => rowOf(id, state)),
  }
}
