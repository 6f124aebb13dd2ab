import type { Condition, Matcher, SortTerm } from '@tidemark/core'
import type { RecordKey } from '../store/Store.js'

/**
 * What subscriptions of equal meaning share on a node: a query and-ed with its readers' rule. Windows are not part
 * of it: they are each watch's own.
 */
export interface View {
  /** Names it on the wire, for this node. */
  readonly number: number
  readonly hash: string
  readonly kind: 'rows' | 'count' | 'body'
  readonly collection: string
  readonly where: Condition
  readonly orderBy: readonly SortTerm[]
  readonly matches: Matcher
  /** The one record that a record's or body's view is about. */
  readonly id: string | null
  /** Whether every reader sees every record: then nothing can have been hidden in between. */
  readonly isUnruled: boolean
}

/** What a record's or a body's view is about: the row or the body of one record. */
export interface Subject extends RecordKey {
  readonly kind: 'rows' | 'body'
}

export const isOfOne = (view: View): view is View & Subject => view.id !== null

/** Collections hold no slashes. */
export const subjectName = ({ kind, collection, id }: Subject): string => `${kind}/${collection}/${id}`
