import { compileMatcher, type WatchTarget } from '@tidemark/core'
import type { BaseUser } from '../access/AccessRules.js'
import { InterestIndex } from '../interest/InterestIndex.js'
import type { Watch } from './GatewaySession.js'
import type { View } from './View.js'
import type { ViewDescription, ViewDescriptions } from './ViewDescriptions.js'
import type { WatchCount } from './WatchCount.js'

/** The views that sessions of one workspace watch, found by what they mean and by what touches them. */
export class ViewTable {
  readonly interest = new InterestIndex()
  readonly #viewByName = new Map<string, View>()
  readonly #viewByNumber = new Map<number, View>()
  readonly #watchesByView = new Map<View, Set<Watch>>()

  constructor(
    private readonly descriptions: ViewDescriptions,
    /** Numbers are never used twice on a node: a late chunk must not be taken for another view's. */
    private readonly nextNumber: () => number,
    private readonly count: WatchCount,
  ) {}

  /** The view that this target is for this user. Throws `INVALID` for a query that makes no sense. */
  resolve(user: BaseUser, target: WatchTarget): View {
    const parts = this.descriptions.of(user, target)
    const name = nameOf(parts)
    return this.#viewByName.get(name) ?? this.#make(name, parts)
  }

  hashOf(user: BaseUser, target: WatchTarget): string {
    return this.descriptions.of(user, target).hash
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

  #make(name: string, parts: ViewDescription): View {
    const number = this.nextNumber()
    const view: View = { ...parts, number, matches: compileMatcher(parts.where) }
    this.#viewByName.set(name, view)
    this.#viewByNumber.set(number, view)
    this.interest.add(number, view.collection, view.where)
    if (view.kind === 'body') this.interest.addBody(bodyNumber(number), view.collection, view.id as string)
    return view
  }
}

const noWatches: ReadonlySet<Watch> = new Set()

/** The record's own view and a list of that one record are kept apart: they differ in what is read for them. */
const nameOf = ({ kind, hash, id }: ViewDescription): string => `${kind}:${hash}:${id ?? ''}`

/** A body's view stands in the index twice: for its record's row and for the body; the second under a number of its own. */
const bodyNumber = (view: number): number => -view

/** The view of a number that `routeBody` gave. */
export const viewOfBodyNumber = (number: number): number => -number
