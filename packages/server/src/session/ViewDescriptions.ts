import {
  andWhere,
  type Condition,
  type ListQuery,
  parseQuery,
  queryHash,
  type SortTerm,
  TidemarkError,
  type WatchTarget,
} from '@tidemark/core'
import type { Access } from '../access/Access.js'
import type { BaseUser } from '../access/AccessRules.js'
import type { View } from './View.js'

/** What a target is for a user, whatever the workspace. */
export type ViewDescription = Omit<View, 'number' | 'matches'>

const mostKept = 1_000
/** Of a question's text: what is longer is thought over each time. */
const longestKept = 2_000

const byId: readonly SortTerm[] = [{ field: 'id', descending: false }]

/** Reads targets, each for its readers' rule. Those who return in a crowd ask the same: the latest are remembered. */
export class ViewDescriptions {
  readonly #known = new Map<string, ViewDescription>()

  constructor(private readonly access: Access) {}

  /** Throws `INVALID` for a query that makes no sense. */
  of(user: BaseUser, target: WatchTarget): ViewDescription {
    const rule = this.access.readRule(user, target.collection)
    const question = JSON.stringify([target, rule])
    const known = this.#known.get(question)
    if (known !== undefined) return known
    const description = this.#describe(target, rule)
    if (this.#known.size >= mostKept) this.#known.clear()
    if (question.length <= longestKept) this.#known.set(question, description)
    return description
  }

  #describe(target: WatchTarget, rule: Condition): ViewDescription {
    const { where: asked, orderBy } = this.#queryOf(target)
    const { collection } = target
    const where = andWhere(asked, rule)
    return {
      hash: queryHash(collection, where, orderBy),
      kind: target.kind === 'body' || target.kind === 'count' ? target.kind : 'rows',
      collection,
      where,
      orderBy,
      id: target.kind === 'record' || target.kind === 'body' ? target.id : null,
      isUnruled: rule.op === 'true',
    }
  }

  #queryOf(target: WatchTarget): ListQuery {
    const fields = this.access.lookup(target.collection)
    if (fields === undefined) throw new TidemarkError('INVALID', `There is no collection ${target.collection} here.`)
    switch (target.kind) {
      case 'record':
      case 'body':
        return { where: idIs(target.id), orderBy: byId, limit: null }
      case 'count':
        return parseQuery({ where: target.where }, fields)
      case 'list': {
        const { where, orderBy, limit } = target
        return parseQuery({ where, orderBy, ...(limit === null ? {} : { limit }) }, fields)
      }
    }
  }
}

const idIs = (id: string): Condition => ({ op: 'eq', field: 'id', value: id })
