import type { CollectionModel, Matcher, RowValues } from '@tidemark/core'
import { queryRowOf } from '@tidemark/core'
import type { Access, Verdict } from '../access/Access.js'
import type { BaseUser } from '../access/AccessRules.js'
import type { RecordKey } from '../store/Store.js'

/** Asks whether one writer may do what a mutation does. */
export interface Judge {
  /** Whether decided fields may be set. */
  readonly decided: boolean
  /** A writer learns nothing of what it may not read, not even that it is there. [G11] */
  canSee(key: RecordKey, row: RowValues): boolean
  row(key: RecordKey, before: RowValues | undefined, after: RowValues | undefined, fields: readonly string[]): Verdict
  open(key: RecordKey): Verdict
}

const granted: Verdict = { kind: 'granted' }

/** Commands and server code: the app's own code has decided. */
export const trusted: Judge = {
  decided: true,
  canSee: () => true,
  row: () => granted,
  open: () => granted,
}

/** A client, by the app's rules for its user. */
export class ClientJudge implements Judge {
  readonly decided = false
  readonly #matcherByCollection = new Map<string, Matcher>()

  constructor(
    private readonly access: Access,
    private readonly user: BaseUser,
  ) {}

  canSee({ collection, id }: RecordKey, row: RowValues): boolean {
    let matcher = this.#matcherByCollection.get(collection)
    if (matcher === undefined) {
      matcher = this.access.readMatcher(this.user, collection)
      this.#matcherByCollection.set(collection, matcher)
    }
    return matcher(queryRowOf(id, row))
  }

  row(key: RecordKey, before: RowValues | undefined, after: RowValues | undefined, fields: readonly string[]): Verdict {
    return this.access.mayWriteRow(this.user, key.collection, { id: key.id, before, after, fields })
  }

  open({ collection, id }: RecordKey): Verdict {
    return this.access.mayWriteOpen(this.user, collection, id)
  }
}

/** What kind of merge a row's field has. */
export function fieldKindOf(model: CollectionModel): (field: string) => 'register' | 'counter' | 'set' {
  return field => {
    const kind = model.fieldByName.get(field)?.kind
    return kind === 'counter' || kind === 'set' ? kind : 'register'
  }
}
