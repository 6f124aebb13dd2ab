import {
  andWhere,
  type Condition,
  compileMatcher,
  type ListQuery,
  parseQuery,
  queryHash,
  type SortTerm,
  TidemarkError,
  type WatchTarget,
} from '@tidemark/core'
import type { Access } from '../access/Access.js'
import type { BaseUser } from '../access/AccessRules.js'
import { InterestIndex } from '../interest/InterestIndex.js'
import type { Watch } from './GatewaySession.js'
import type { View } from './View.js'
import type { WatchCount } from './WatchCount.js'

const byId: readonly SortTerm[] = [{ field: 'id', descending: false }]

/** The views that sessions of one workspace watch, found by what they mean and by what touches them. */
export class ViewTable {
  readonly interest = new InterestIndex()
  readonly #viewByName = new Map<string, View>()
  readonly #viewByNumber = new Map<number, View>()
  readonly #watchesByView = new Map<View, Set<Watch>>()

  constructor(
    private readonly access: Access,
    /** Numbers are never used twice on a node: a late chunk must not be taken for another view's. */
    private readonly nextNumber: () => number,
    private readonly count: WatchCount,
  ) {}

  /** The view that this target is for this user. Throws `INVALID` for a query that makes no sense. */
  resolve(user: BaseUser, target: WatchTarget): View {
    const parts = this.#describe(user, target)
    const name = nameOf(parts)
    return this.#viewByName.get(name) ?? this.#make(name, parts)
  }

  hashOf(user: BaseUser, target: WatchTarget): string {
    return this.#describe(user, target).hash
  }

  bodyWatches(collection: string, id: string): Watch[] {
    const views = this.interest.routeBody(collection, id).map(number => this.byNumber(viewOfBodyNumber(number)))
    return views.flatMap(view => [...this.watchesOf(view)].filter(watch => watch.isLive && watch.isVisible))
  }

  byNumber(number: number): View {
    return this.#viewByNumber.get(number) as View
  }

  watchesOf(view: View): ReadonlySet<Watch> {
    return this.#watchesByView.get(view) ?? noWatches
  }

  add(watch: Watch): void {
    const watches = this.#watchesByView.get(watch.view) ?? new Set()
    this.count.changed(1, watches.size === 0 ? 1 : 0)
    this.#watchesByView.set(watch.view, watches.add(watch))
  }

  remove(watch: Watch): void {
    const { view } = watch
    const watches = this.#watchesByView.get(view)
    if (!watches?.delete(watch)) return
    this.count.changed(-1, watches.size === 0 ? -1 : 0)
    if (watches.size > 0) return
    this.#watchesByView.delete(view)
    this.#viewByName.delete(nameOf(view))
    this.#viewByNumber.delete(view.number)
    this.interest.remove(view.number)
    if (view.kind === 'body') this.interest.remove(bodyNumber(view.number))
  }

  #describe(user: BaseUser, target: WatchTarget): ViewParts {
    const { where: asked, orderBy } = this.#queryOf(target)
    const { collection } = target
    const rule = this.access.readRule(user, collection)
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

  #make(name: string, parts: ViewParts): View {
    const number = this.nextNumber()
    const view: View = { ...parts, number, matches: compileMatcher(parts.where) }
    this.#viewByName.set(name, view)
    this.#viewByNumber.set(number, view)
    this.interest.add(number, view.collection, view.where)
    if (view.kind === 'body') this.interest.addBody(bodyNumber(number), view.collection, view.id as string)
    return view
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

const noWatches: ReadonlySet<Watch> = new Set()

type ViewParts = Omit<View, 'number' | 'matches'>

/** The record's own view and a list of that one record are kept apart: they differ in what is read for them. */
const nameOf = ({ kind, hash, id }: ViewParts): string => `${kind}:${hash}:${id ?? ''}`

/** A body's view stands in the index twice: for its record's row and for the body; the second under a number of its own. */
const bodyNumber = (view: number): number => -view

/** The view of a number that `routeBody` gave. */
export const viewOfBodyNumber = (number: number): number => -number

const idIs = (id: string): Condition => ({ op: 'eq', field: 'id', value: id })
