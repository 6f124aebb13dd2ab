import {
  type Condition,
  compileMatcher,
  everything,
  type FieldLookup,
  type Matcher,
  nothing,
  parseWhere,
  queryRowOf,
  type RowValues,
  type SchemaModel,
} from '@tidemark/core'
import type { BaseUser, WorkspaceRole } from './AccessRules.js'
import { fieldLookupOf } from './fieldLookup.js'

/** The app's rules as this package calls them; `createNode` hands them over with their types taken off. */
export interface Rules {
  readonly workspace: (user: BaseUser, workspace: string) => WorkspaceRole | Promise<WorkspaceRole>
  readonly collections: Readonly<Record<string, CollectionRule | undefined>>
}

export interface CollectionRule {
  readonly read?: ((user: BaseUser) => unknown) | undefined
  readonly write?: ((user: BaseUser, write: object) => unknown) | undefined
}

export type Verdict =
  | { readonly kind: 'granted' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Only these fields are refused. */
  | { readonly kind: 'partly'; readonly fields: readonly string[]; readonly reason: string }

const granted: Verdict = { kind: 'granted' }

/** Asks the app's rules and turns what they say into data. A rule that throws refuses. */
export class Access {
  readonly #lookupByCollection: ReadonlyMap<string, FieldLookup>

  constructor(
    private readonly schema: SchemaModel,
    private readonly rules: Rules,
  ) {
    this.#lookupByCollection = new Map(schema.collections.map(model => [model.name, fieldLookupOf(model)]))
  }

  async role(user: BaseUser, workspace: string): Promise<WorkspaceRole> {
    return this.rules.workspace(user, workspace)
  }

  /** The condition that a user's reads of a collection are and-ed with. */
  readRule(user: BaseUser, collection: string): Condition {
    const rule = this.rules.collections[collection]?.read
    if (rule === undefined) return this.schema.collectionByName.has(collection) ? everything : nothing
    const said = rule(user)
    if (said === 'all') return everything
    if (said === 'none') return nothing
    return parseWhere(said, this.#lookupByCollection.get(collection))
  }

  readMatcher(user: BaseUser, collection: string): Matcher {
    return compileMatcher(this.readRule(user, collection))
  }

  lookup(collection: string): FieldLookup | undefined {
    return this.#lookupByCollection.get(collection)
  }

  mayWriteRow(
    user: BaseUser,
    collection: string,
    write: {
      readonly id: string
      readonly before: RowValues | undefined
      readonly after: RowValues | undefined
      readonly fields: readonly string[]
    },
  ): Verdict {
    const { id, before, after, fields } = write
    return this.#ask(user, collection, {
      id,
      before: before && queryRowOf(id, before),
      after: after && queryRowOf(id, after),
      fields,
    })
  }

  mayWriteOpen(user: BaseUser, collection: string, id: string): Verdict {
    return this.#ask(user, collection, { id })
  }

  #ask(user: BaseUser, collection: string, write: object): Verdict {
    const rule = this.rules.collections[collection]?.write
    if (rule === undefined) return granted
    let said: unknown
    try {
      said = rule(user, write)
    } catch (error) {
      return { kind: 'refused', reason: `The write rule of ${collection} failed: ${String(error)}` }
    }
    if (said === true) return granted
    if (typeof said === 'string') return { kind: 'refused', reason: said }
    if (isPartial(said)) {
      return said.refuse.length === 0 ? granted : { kind: 'partly', fields: said.refuse, reason: said.reason }
    }
    return { kind: 'refused', reason: `The write rule of ${collection} gave no verdict.` }
  }
}

function isPartial(said: unknown): said is { readonly refuse: readonly string[]; readonly reason: string } {
  return typeof said === 'object' && said !== null && 'refuse' in said && Array.isArray(said.refuse) && 'reason' in said
}
