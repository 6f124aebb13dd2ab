import { TidemarkError } from '../error/TidemarkError.js'
import type { Json } from '../json/Json.js'
import { parseQuery } from '../query/parseQuery.js'
import { queryHash } from '../query/queryHash.js'
import { checkId } from '../schema/checkId.js'
import { type Checked, plainJson } from '../schema/plainJson.js'
import { isSchema, type Schema } from '../schema/Schema.js'
import type { ListTarget, RecordTarget } from '../schema/Target.js'
import { validateSync } from '../schema/validateSync.js'
import type { PresenceScope } from './PresenceScope.js'

/** A presence as both sides run it. */
export interface PresenceDefinition {
  readonly name: string
  /** The place, canonical: equal places give equal texts, different ones never. Empty: the whole workspace. */
  readonly scope: string
  validate(state: unknown): Checked<Json>
}

const presenceName = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/

/** Defines a shape of presence: cursors, players, who is typing. */
export function presence<S extends Schema>(name: string, state: S): PresenceScope<S> {
  if (!presenceName.test(name)) {
    throw new TidemarkError(
      'INVALID_SCHEMA',
      `${JSON.stringify(name)} is no presence name: a letter, then up to 63 letters, digits, "_", "-", "." or ":".`,
    )
  }
  if (!isSchema(state)) {
    throw new TidemarkError('INVALID_SCHEMA', `The presence ${name} takes a Standard Schema validator of its state.`)
  }
  const validate = (value: unknown): Checked<Json> => {
    const result = validateSync(state, value, `the presence ${name}`)
    return 'issues' in result ? result : plainJson(result.value)
  }
  const scopeOf = (scope: string): PresenceScope<S> => {
    const definition: PresenceScope<S> & PresenceDefinition = Object.freeze({
      name,
      scope,
      validate,
      at: (target: RecordTarget | ListTarget | string) => scopeOf(placeOf(target)),
    })
    return definition
  }
  return scopeOf('')
}

/** What `presence` and `at` keep, for those who run it. */
export function presenceDefinitionOf(presence: PresenceScope): PresenceDefinition {
  const definition = presence as PresenceScope & Partial<PresenceDefinition>
  if (typeof definition.scope === 'string' && definition.validate) return definition as PresenceDefinition
  throw new TidemarkError('INVALID_SCHEMA', `"${presence.name}" was not made by presence().`)
}

/** A list's place is its view: how far it is scrolled does not part the people in it. */
function placeOf(target: RecordTarget | ListTarget | string): string {
  if (typeof target === 'string') return `room/${checkId(target)}`
  if ('record' in target) return `record/${target.collection}/${checkId(target.record)}`
  const { where, orderBy } = parseQuery(target.list)
  return `list/${queryHash(target.collection, where, orderBy)}`
}
