import { leastReplicaAgeMs, TidemarkError } from '@tidemark/core'
import { defaultLimits, type Limits } from './limits.js'

/** The defaults with what an app sets otherwise. Throws `BAD_CONFIG` that names what is no limit. */
export function limitsFrom(given: unknown = {}): Limits {
  if (typeof given !== 'object' || given === null) throw badLimits('limits is an object of names and numbers')
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) throw badLimits(`there is no limits.${name}`)
    if (!(typeof value === 'number' && value > 0 && Number.isFinite(value))) {
      throw badLimits(`limits.${name} is a number above 0, not ${JSON.stringify(value) ?? String(value)}`)
    }
  }
  const limits = { ...defaultLimits, ...given }
  if (limits.replicaAgeMs < leastReplicaAgeMs) {
    throw badLimits(`limits.replicaAgeMs is at least ${leastReplicaAgeMs}: clients count on being remembered`)
  }
  return limits
}

const badLimits = (what: string): TidemarkError =>
  new TidemarkError('BAD_CONFIG', `${what}. The limits are ${Object.keys(defaultLimits).join(', ')}.`)
