import { TidemarkError } from '@tidemark/core'

/** Bounds of one client. */
export interface ClientLimits {
  /** How much may wait in the outbox, in bytes as it is sent: a write beyond that throws `OUTBOX_FULL`. 50 MB unless set. */
  readonly outboxBytes: number
  /** How many steps can be undone, in a tab and all its records together: the oldest are forgotten. 100 unless set. */
  readonly undoSteps: number
}

const defaultLimits: ClientLimits = { outboxBytes: 50 * 1024 * 1024, undoSteps: 100 }

/** The defaults with what an app sets otherwise. Throws `BAD_CONFIG` that names what is no limit. */
export function clientLimitsFrom(given: Partial<ClientLimits> = {}): ClientLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new TidemarkError('BAD_CONFIG', `There is no limits.${name}.`)
    if (!(value > 0 && Number.isFinite(value))) {
      throw new TidemarkError('BAD_CONFIG', `limits.${name} is a number above 0, not ${JSON.stringify(value)}.`)
    }
  }
  return { ...defaultLimits, ...given }
}
